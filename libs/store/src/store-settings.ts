import { defineSettings, duration, integer, oneOf } from '@lumina/platform';
import type { Durability } from './durable-writer';
import type { LeaseTimes } from './lease-keeper';
import { type StoreTimes, defaultStoreTimes } from './store-times';

/** How durable an acknowledgement is, and how long silence is borne. */
export const storeSettings = defineSettings({
  LUMINA_DURABILITY: oneOf(['local', 'replicated'], {
    description:
      'local: one Redis holds a write when it is acknowledged. replicated: replicas hold it too (WAIT). ' +
      'Unset: replicated with Sentinels, local without.',
  }),
  LUMINA_DURABILITY_REPLICAS: integer({
    min: 1,
    max: 5,
    default: '1',
    description: 'How many replicas must hold a write, with durability replicated.',
  }),
  LUMINA_DURABILITY_WAIT: duration({
    minMs: 1,
    default: '1s',
    description: 'How long one write waits for the replicas before it is tried again.',
  }),
  LUMINA_STORE_DEADLINE: duration({
    minMs: 100,
    default: '8s',
    description: 'How long a write is tried before its caller gets an error (503 at the gateway).',
  }),
  LUMINA_STORE_PATIENCE: duration({
    minMs: 100,
    default: '30s',
    description:
      'How long workers hold on to their work while the store does not answer. After a longer outage it is done again, ' +
      'and calls that must not be repeated are left with an unknown outcome.',
  }),
  LUMINA_LEASE: duration({
    minMs: 300,
    default: '3s',
    description: 'How long a worker may be silent before another takes over what it held.',
  }),
  LUMINA_EVENTS_KEPT: duration({
    minMs: 1_000,
    default: '24h',
    description: 'How long the events of an ended run can be replayed one by one.',
  }),
});

interface StoreSettings {
  readonly LUMINA_DURABILITY: 'local' | 'replicated' | undefined;
  readonly LUMINA_DURABILITY_REPLICAS: number;
  readonly LUMINA_DURABILITY_WAIT: number;
  readonly LUMINA_STORE_DEADLINE: number;
  readonly LUMINA_STORE_PATIENCE: number;
  readonly LUMINA_LEASE: number;
  readonly LUMINA_EVENTS_KEPT: number;
}

export function durabilityOf(settings: StoreSettings, hasSentinels: boolean): Durability {
  const isReplicated =
    (settings.LUMINA_DURABILITY ?? (hasSentinels ? 'replicated' : 'local')) === 'replicated';
  return {
    replicas: isReplicated ? settings.LUMINA_DURABILITY_REPLICAS : 0,
    waitMs: settings.LUMINA_DURABILITY_WAIT,
    deadlineMs: settings.LUMINA_STORE_DEADLINE,
    patienceMs: Math.max(settings.LUMINA_STORE_PATIENCE, settings.LUMINA_STORE_DEADLINE),
  };
}

export const storeTimesOf = (settings: StoreSettings): StoreTimes => ({
  ...defaultStoreTimes,
  eventsKeptMs: settings.LUMINA_EVENTS_KEPT,
});

export const leaseTimesOf = ({ LUMINA_LEASE: leaseMs }: StoreSettings): LeaseTimes => ({
  leaseMs,
  renewEveryMs: Math.floor(leaseMs / 3),
  gatherMs: 25,
});
