import type { QueueName } from '@lumina/contracts';
import type { Probe } from './probe';

export interface QueueLook {
  readonly queue: QueueName;
  /** Jobs by the state that BullMQ has them in. */
  readonly jobs: Readonly<Record<string, number>>;
  /** When the doorbell that waits longest was rung, in milliseconds since the epoch; undefined when none waits. */
  readonly oldestAtMs: number | undefined;
}

export interface QueuesProbeOptions {
  readonly look: () => Promise<readonly QueueLook[]>;
  readonly maxAgeMs: number;
  /** Told what was seen, or undefined when nothing could be. */
  readonly onLook: (queues: readonly AgedQueue[] | undefined) => void;
  readonly nowMs?: () => number;
}

export interface AgedQueue extends QueueLook {
  /** Age of the doorbell that waits longest; 0 when none waits. */
  readonly oldestAgeMs: number;
}

/** Whether doorbells are answered: one that waits long means that no worker takes any. */
export function queuesProbe({ look, maxAgeMs, onLook, nowMs = Date.now }: QueuesProbeOptions): Probe {
  const aged = (queue: QueueLook): AgedQueue => ({
    ...queue,
    // Rung by another machine's clock, so never less than nothing.
    oldestAgeMs: queue.oldestAtMs === undefined ? 0 : Math.max(0, nowMs() - queue.oldestAtMs),
  });
  return {
    name: 'queues',
    isCritical: false,
    run: async () => {
      try {
        const queues = (await look()).map(aged);
        onLook(queues);
        const isHealthy = queues.every(({ oldestAgeMs }) => oldestAgeMs <= maxAgeMs);
        return { isHealthy, detail: queues.map((queue) => lineOf(queue, maxAgeMs)).join('; ') };
      } catch (error) {
        onLook(undefined);
        throw error;
      }
    },
  };
}

function lineOf({ queue, jobs, oldestAtMs, oldestAgeMs }: AgedQueue, maxAgeMs: number): string {
  const waiting = `${queue}: ${jobs['waiting'] ?? 0} waiting`;
  if (oldestAtMs === undefined) return waiting;
  const line = `${waiting}, the oldest for ${(oldestAgeMs / 1_000).toFixed(1)} s`;
  return oldestAgeMs > maxAgeMs ? `${line}: no worker takes it` : line;
}
