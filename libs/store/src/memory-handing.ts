import type { Fact, Handing } from '@lumina/contracts';
import { type Item, type Run, newItem } from './memory-records';
import type { Door, ItemToOpen } from './run-store';

/** Publishes to a worker's channel, as Redis would. Returns whether anybody heard. */
export type Publish = (channel: string, handing: Handing) => boolean;

const largestBytes = 65_536;

export interface ToHand {
  readonly items: readonly Pick<ItemToOpen, 'item' | 'data'>[];
  readonly door: Door | undefined;
  /** Of the thread, where the work needs it. */
  readonly journal?: readonly Fact[];
}

/** Opens the items in the hands of the worker behind the door. Returns whether it heard: if not, they are still to be opened. */
export function handedOver(
  run: Run,
  { items, door, journal = [] }: ToHand,
  { nowMs, publish }: { readonly nowMs: number; readonly publish: Publish },
): boolean {
  const texts = [...items.map(({ data }) => data), ...journal.map((fact) => JSON.stringify(fact))];
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (door === undefined || items.length === 0 || run.isCancelled || bytes > largestBytes) return false;
  const { run: id, thread, tenant, accepted } = run.new;
  const owner = `${door.worker}#${nowMs}.${run.v}`;
  const of = { run: id, v: run.v, owner, thread, tenant, digest: accepted.agentDigest };
  const handing = {
    c: 2 as const,
    of,
    items: items.map(({ item, data }) => ({ item, data })),
    journal: [...journal],
  };
  if (!publish(door.channel, handing)) return false;
  const untilMs = nowMs + door.leaseMs;
  for (const { item, data } of items) run.items.set(item, heldItem(data, owner, untilMs));
  return true;
}

const heldItem = (data: string, owner: string, untilMs: number): Item => ({
  ...newItem(data, untilMs),
  ...{ epoch: 1, owner, untilMs },
});
