import type { HandedItem } from '@lumina/contracts';
import { journalOf } from './replies';
import type { ClaimedItem, RingableItem, RunStore } from './run-store';

/** A handed item as its claim would have been answered. Whoever has budgets to hold money against claims for itself. */
export function claimedOf({ of, item, data, journal }: HandedItem): ClaimedItem {
  const { run, v, owner, thread, tenant, digest } = of;
  return {
    ...{ lease: { run, item, owner, epoch: 1 }, v, data, thread, tenant, agentDigest: digest },
    ...{ partialMessageId: undefined, mayHaveBegun: false, isCancelled: false },
    ...{ journal: journalOf(journal), allowance: { kind: 'free' }, warnings: [] },
  };
}

/**
 * Gives back what was handed over and not begun. Returns what is to be queued for others; of what the store does not take back the lease
 * runs out, and the sweeper rings.
 */
export async function givenBack(
  store: Pick<RunStore, 'renew'>,
  handed: readonly HandedItem[],
  lookAgainMs: number,
): Promise<readonly RingableItem[]> {
  const outcomes = await Promise.all(
    handed.map(async ({ of: { run, owner, v }, item }) => {
      const renewal = { leaseMs: 0, lookAgainMs, number: 1, mayHaveBegun: false };
      const outcome = await store.renew({ run, item, owner, epoch: 1 }, renewal);
      return outcome.kind === 'renewed' ? [{ run, item, v, place: outcome.place }] : [];
    }),
  );
  return outcomes.flat();
}
