import { beforeEach, describe, expect, it } from '@jest/globals';
import type { LedgerBudget, Spent, Tariff } from '../ledger';
import type { ClaimedItem, RunStore } from '../run-store';
import { type Bench, newRun, pause, succeeded } from './fixtures';

const print = 'p1';
const model = 'openai/small';
const million = 1_000_000;
const item = 'step:1';

const budget = (nanoUsd: number): LedgerBudget => ({
  ...{ scope: 'tenant', name: '*', period: 'day', onLimit: 'fail', nanoUsd },
});
const tariff = (budgets: readonly LedgerBudget[], input: number): Tariff => ({
  ...{ base: 100, out: 1_000, models: [{ name: model, input, output: 1_000 }], budgets },
});
const spent = (changes: Partial<Spent> = {}): Spent => ({
  ...{ agent: 'lumina', model, inputTokens: 50, outputTokens: 150, costUsd: 0, lost: 0 },
  ...changes,
});

/** What holds of further requests of one step (L6). A request costs a million billionths of a dollar at most, where prompts are free. */
export function holdAgainSuite(open: () => Promise<Bench>): void {
  describe('further requests of a step', () => {
    let store: RunStore;

    beforeEach(async () => {
      ({ store } = await open());
      await store.putAgent('d1', '{}');
    });

    async function take(run: string, leaseMs = 5_000, owner = `w-${run}`): Promise<ClaimedItem> {
      const outcome = await store.claim({ run, item }, owner, leaseMs, { tariffs: print });
      if (outcome.kind !== 'claimed') throw new Error(outcome.kind);
      return outcome.claimed;
    }

    /** Begins a run under a budget; the first makes known what its calls cost. */
    async function begin(
      run: string,
      nanoUsd: number,
      { leaseMs = 5_000, input = 0 } = {},
    ): Promise<ClaimedItem> {
      await store.create(newRun(run, { thread: `t-${run}` }));
      const claimed = await take(run, leaseMs);
      if (claimed.allowance.kind === 'unpriced')
        await store.reserve(claimed.lease, print, tariff([budget(nanoUsd)], input));
      return claimed;
    }

    async function end({ lease }: ClaimedItem, cost: Spent): Promise<void> {
      const facts = [succeeded(lease.run)];
      await store.commit(lease, { facts, status: 'succeeded', open: [], spent: cost });
    }

    /** Whether a new run finds room for its call. */
    const next = async (run: string, nanoUsd: number): Promise<string> =>
      (await begin(run, nanoUsd)).allowance.kind;

    it('are held for like the first, once however often it is asked', async () => {
      const { lease } = await begin('r1', 3 * million);
      expect(await store.holdAgain(lease, 1)).toEqual({ kind: 'held' });
      expect(await store.holdAgain(lease, 1)).toEqual({ kind: 'held' });
      expect(await next('r2', 3 * million)).toBe('held');
      expect(await next('r3', 3 * million)).toBe('short');
    });

    it('are given back with the first, and what was spent is counted', async () => {
      const first = await begin('r1', 3 * million);
      await store.holdAgain(first.lease, 2);
      expect(await next('r2', 3 * million)).toBe('short');
      await end(first, spent({ costUsd: 0.0011 }));
      expect(await next('r3', 3 * million)).toBe('held');
      expect(await next('r4', 3 * million)).toBe('short');
    });

    it('are not held for where there is no room, and nothing changes', async () => {
      const first = await begin('r1', 2.5 * million);
      expect(await next('r2', 2.5 * million)).toBe('held');
      expect(await store.holdAgain(first.lease, 1)).toMatchObject({
        ...{ kind: 'short', shortage: { scope: 'tenant', name: 'acme', amount: 'costUsd', isCrowded: true } },
      });
      await end(first, spent({ costUsd: 0.0004 }));
      expect(await next('r3', 2.5 * million)).toBe('held');
    });

    it('are shown more, and cost more, the more there are of them', async () => {
      // 5 further requests are shown 1,000 tokens of answer more each: at 1,000 a token that alone is 15 million.
      const { lease } = await begin('r1', 20 * million, { input: 1_000 });
      expect(await store.holdAgain(lease, 1)).toEqual({ kind: 'held' });
      expect((await store.holdAgain(lease, 5)).kind).toBe('short');
    });

    it('count with the first when their holder falls silent', async () => {
      const { lease } = await begin('r1', 3 * million, { leaseMs: 1 });
      expect(await store.holdAgain(lease, 1)).toEqual({ kind: 'held' });
      await pause(20);
      expect((await take('r1', 5_000, 'other')).allowance.kind).toBe('held');
      expect(await next('r2', 3 * million)).toBe('short');
      expect(await store.holdAgain(lease, 2)).toEqual({ kind: 'lost' });
    });

    it('that came to no end count as no more than was held for all', async () => {
      const first = await begin('r1', 3 * million);
      await store.holdAgain(first.lease, 1);
      await end(first, spent({ model: '', inputTokens: 0, outputTokens: 0, lost: 5 }));
      expect(await next('r2', 3 * million)).toBe('held');
      expect(await next('r3', 3 * million)).toBe('short');
    });

    it('are free where no budget counts them', async () => {
      await store.create(newRun('r1', { thread: 't-r1' }));
      const outcome = await store.claim({ run: 'r1', item }, 'w', 5_000);
      if (outcome.kind !== 'claimed') throw new Error(outcome.kind);
      expect(await store.holdAgain(outcome.claimed.lease, 1)).toEqual({ kind: 'free' });
    });
  });
}
