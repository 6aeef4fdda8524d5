import { beforeEach, describe, expect, it } from '@jest/globals';
import type { FactOf } from '@lumina/contracts';
import type { BudgetWarning, LedgerBudget, Spent, Tariff } from '../ledger';
import type { ClaimedItem, Commit, NewRun, RunStore } from '../run-store';
import { type Bench, accepted, newRun, pause, succeeded } from './fixtures';

const print = 'p1';
const model = 'openai/small';

/** A call holds 1,000 tokens of answer, and what its journal and its base are. */
const tariff = (budgets: readonly LedgerBudget[], changes: Partial<Tariff> = {}): Tariff => ({
  base: 100,
  out: 1_000,
  models: [{ name: model, input: 0, output: 1_000 }],
  budgets,
  ...changes,
});
const budget = (changes: Partial<LedgerBudget> = {}): LedgerBudget => ({
  ...{ scope: 'tenant', name: '*', period: 'day', onLimit: 'fail' },
  ...changes,
});
const spent = (changes: Partial<Spent> = {}): Spent => ({
  ...{ agent: 'lumina', model, inputTokens: 50, outputTokens: 150, costUsd: 0.0002, lost: 0 },
  ...changes,
});

/** What holds of the ledger of every run store. Calls cost 1,000 × 1,000 billionths: 0.001 dollars at most. */
export function ledgerSuite(open: () => Promise<Bench>): void {
  describe('ledger', () => {
    let store: RunStore;

    beforeEach(async () => {
      ({ store } = await open());
      await store.putAgent('d1', '{}');
    });

    async function begin(run: string, changes: Partial<NewRun> = {}): Promise<void> {
      await store.create(newRun(run, { thread: `t-${run}`, ...changes }));
    }

    async function take(
      run: string,
      { owner = `w-${run}`, leaseMs = 5_000, item = 'step:1' } = {},
    ): Promise<ClaimedItem> {
      const outcome = await store.claim({ run, item }, owner, leaseMs, { tariffs: print });
      if (outcome.kind !== 'claimed') throw new Error(outcome.kind);
      return outcome.claimed;
    }

    /** Makes a tariff known, by the run `teacher`, whose own call is settled as costing nothing. */
    async function teach(budgets: readonly LedgerBudget[], changes: Partial<Tariff> = {}): Promise<void> {
      await begin('teacher', { tenant: 'school' });
      const { lease, allowance } = await take('teacher');
      expect(allowance).toEqual({ kind: 'unpriced' });
      await store.reserve(lease, print, tariff(budgets, changes));
      await store.commit(lease, { facts: [], status: 'succeeded', open: [] });
    }

    async function end(claimed: ClaimedItem, cost?: Spent): Promise<readonly BudgetWarning[]> {
      const { run } = claimed.lease;
      const commit: Commit = { facts: [succeeded(run)], status: 'succeeded', open: [] };
      const outcome = await store.commit(claimed.lease, {
        ...commit,
        ...(cost === undefined ? {} : { spent: cost }),
      });
      if (outcome.kind !== 'committed') throw new Error(outcome.kind);
      return outcome.warnings ?? [];
    }

    const begun = async (run: string, changes: Partial<NewRun> = {}) => {
      await begin(run, changes);
      return take(run);
    };

    it.each([
      ['by its address', { url: 'https://example.org/a.png' }],
      ['by its bytes, many or few', { mediaType: 'image/png' as const, data: 'A'.repeat(80_000) }],
    ])('counts an image that is given %s as the tariff says', async (_how, image) => {
      const images = [image, image];
      const input = [{ role: 'user' as const, id: 'u1', content: 'What is this?', images }];
      // Text and names are less than 2,500 tokens; images are 2 × 30,000.
      for (const [tokens, kind] of [
        [60_000, 'short'],
        [64_500, 'held'],
      ] as const) {
        const run = `r-${tokens}`;
        await begin(run, { accepted: { ...accepted(run), input } });
        const own = tariff([budget({ tokens, scope: 'thread' })], { image: 30_000 });
        const reserved = await store.reserve((await take(run)).lease, `${print}-${tokens}`, own);
        expect(reserved).toMatchObject({ allowance: { kind } });
      }
    });

    it('says nothing where no budget counts the call', async () => {
      await teach([budget({ name: 'rival', nanoUsd: 1 })]);
      expect((await begun('r1')).allowance).toEqual({ kind: 'free' });
    });

    it('holds a call for the agent whose tariff it is told, and for the next with the claim', async () => {
      await begin('r1');
      const first = await take('r1');
      expect(first.allowance).toEqual({ kind: 'unpriced' });
      const reserved = await store.reserve(first.lease, print, tariff([budget({ nanoUsd: 2_000_000 })]));
      expect(reserved).toEqual({ kind: 'reserved', allowance: { kind: 'held', leftOut: [] }, warnings: [] });
      expect((await begun('r2')).allowance).toEqual({ kind: 'held', leftOut: [] });
      expect((await begun('r3')).allowance).toMatchObject({ kind: 'short', shortage: { isCrowded: true } });
    });

    it('holds nothing twice for a claim or a reservation that is sent again', async () => {
      await teach([budget({ nanoUsd: 2_000_000 })]);
      const { lease } = await begun('r1');
      expect((await take('r1')).allowance).toEqual({ kind: 'held', leftOut: [] });
      expect(await store.reserve(lease, print, tariff([budget({ nanoUsd: 2_000_000 })]))).toMatchObject({
        allowance: { kind: 'held' },
      });
      expect((await begun('r2')).allowance).toMatchObject({ kind: 'held' });
    });

    it('counts what was spent instead of what was held', async () => {
      await teach([budget({ nanoUsd: 1_200_000 })]);
      await end(await begun('r1'), spent());
      await end(await begun('r2'), spent({ costUsd: 0.0001 }));
      expect((await begun('r3')).allowance).toMatchObject({
        kind: 'short',
        shortage: {
          ...{ scope: 'tenant', name: 'acme', period: 'day', amount: 'costUsd', isCrowded: false },
          ...{ used: 0.0013, allowed: 0.0012, onLimit: 'fail' },
        },
      });
    });

    it('gives back what was held for a call that was not made', async () => {
      await teach([budget({ nanoUsd: 1_000_000 })]);
      await end(await begun('r1'));
      expect((await begun('r2')).allowance).toMatchObject({ kind: 'held' });
    });

    it('counts tokens as it counts dollars', async () => {
      await teach([budget({ tokens: 3_000 })]);
      await end(await begun('r1'), spent({ inputTokens: 1_500, outputTokens: 1_000 }));
      expect((await begun('r2')).allowance).toMatchObject({ shortage: { amount: 'tokens', allowed: 3_000 } });
    });

    it('holds a call in all the budgets that count it, or in none', async () => {
      await teach([
        budget({ nanoUsd: 5_000_000 }),
        budget({ scope: 'agent', name: 'lumina', period: 'month', nanoUsd: 1_000_000 }),
      ]);
      const first = await begun('r1');
      expect((await begun('r2')).allowance).toMatchObject({ shortage: { scope: 'agent', name: 'lumina' } });
      expect((await begun('r3')).allowance).toMatchObject({ kind: 'short' });
      await end(first);
      for (const run of ['r4', 'r5', 'r6']) {
        const claimed = await begun(run);
        expect(claimed.allowance).toMatchObject({ kind: 'held' });
        await end(claimed);
      }
    });

    it('gives each tenant its own, and one that is named another', async () => {
      const each = budget({ nanoUsd: 1_000_000, except: ['rich'] });
      await teach([each, budget({ name: 'rich', nanoUsd: 2_000_000 })]);
      expect((await begun('r1')).allowance).toMatchObject({ kind: 'held' });
      expect((await begun('r2', { tenant: 'rival' })).allowance).toMatchObject({ kind: 'held' });
      expect((await begun('r3', { tenant: 'rich' })).allowance).toMatchObject({ kind: 'held' });
      expect((await begun('r4', { tenant: 'rich' })).allowance).toMatchObject({ kind: 'held' });
      expect((await begun('r5', { tenant: 'rich' })).allowance).toMatchObject({ kind: 'short' });
      expect((await begun('r6')).allowance).toMatchObject({ kind: 'short' });
    });

    it("counts a subagent's call in the thread that it works for", async () => {
      await teach([budget({ scope: 'thread', period: 'ever', nanoUsd: 1_000_000 })]);
      await begun('r1');
      const child: FactOf<'run.accepted'> = { ...accepted('r2'), workspaceThread: 't-r1' };
      expect((await begun('r2', { accepted: child })).allowance).toMatchObject({
        shortage: { scope: 'thread', name: 't-r1', resetsAtMs: undefined },
      });
      expect((await begun('r3')).allowance).toMatchObject({ kind: 'held' });
    });

    it('says when the period of what is short turns', async () => {
      await teach([budget({ period: 'month', nanoUsd: 1 })]);
      const { allowance } = await begun('r1');
      const now = new Date();
      const next = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1);
      expect(allowance).toMatchObject({
        shortage: { resetsAtMs: next, account: `account:tenant|acme|${now.toISOString().slice(0, 7)}` },
      });
    });

    describe('with several models', () => {
      const other = 'openai/large';
      const models = [
        { name: model, input: 0, output: 1_000 },
        { name: other, input: 0, output: 10_000 },
      ];
      const of = (name: string, nanoUsd: number) => budget({ scope: 'model', name, nanoUsd });

      it('holds what the dearest may cost, and of each model what that may cost', async () => {
        await teach([budget({ nanoUsd: 10_000_000 }), of(model, 1_000_000), of(other, 10_000_000)], {
          models,
        });
        const first = await begun('r1');
        expect(first.allowance).toEqual({ kind: 'held', leftOut: [] });
        expect((await begun('r2')).allowance).toMatchObject({ kind: 'short', shortage: { scope: 'tenant' } });
        await end(first);
      });

      it('leaves a model out whose budget is short, while another is left', async () => {
        await teach([of(model, 1), of(other, 20_000_000)], { models });
        expect((await begun('r1')).allowance).toEqual({ kind: 'held', leftOut: [model] });
        expect((await take('r1')).allowance).toEqual({ kind: 'held', leftOut: [model] });
      });

      it('is short when no model is left', async () => {
        await teach([of(model, 1), of(other, 2)], { models });
        expect((await begun('r1')).allowance).toMatchObject({
          kind: 'short',
          shortage: { scope: 'model', isCrowded: false },
        });
      });

      it('counts what was spent for the model that answered', async () => {
        await teach([of(model, 1_000_000), of(other, 10_000_000)], { models });
        await end(await begun('r1'), spent({ model: other, costUsd: 0.005 }));
        expect((await begun('r2')).allowance).toEqual({ kind: 'held', leftOut: [other] });
      });
    });

    describe('when a holder does not come to an end', () => {
      it('counts the call as the dearest that it can have been, once, and holds anew', async () => {
        await teach([budget({ nanoUsd: 2_500_000 })]);
        await begin('r1');
        await take('r1', { owner: 'first', leaseMs: 1 });
        await pause(10);
        const second = await take('r1', { owner: 'second' });
        expect(second.allowance).toMatchObject({ kind: 'held' });
        expect((await begun('r2')).allowance).toMatchObject({ shortage: { isCrowded: true, used: 0.002 } });
        await end(second, spent({ costUsd: 0.0005 }));
        const third = await begun('r3');
        expect(third.allowance).toMatchObject({ kind: 'held' });
        await end(third);
        expect((await begun('r4')).allowance).toMatchObject({ kind: 'held' });
      });

      it('counts nothing for one that had not begun', async () => {
        await teach([budget({ nanoUsd: 1_000_000 })]);
        const { lease } = await begun('r1');
        await store.renew(lease, { leaseMs: 0, number: 1, mayHaveBegun: false });
        expect((await take('r1', { owner: 'second' })).allowance).toMatchObject({ kind: 'held' });
      });

      it('counts one that was given back half-way', async () => {
        await teach([budget({ nanoUsd: 1_000_000 })]);
        const { lease } = await begun('r1');
        await store.renew(lease, { leaseMs: 0, number: 1 });
        expect((await take('r1', { owner: 'second' })).allowance).toMatchObject({
          shortage: { isCrowded: false, used: 0.002 },
        });
      });

      it('counts what broke off before the answer came', async () => {
        await teach([budget({ nanoUsd: 3_000_000 })]);
        await end(await begun('r1'), spent({ costUsd: 0.0005, lost: 1 }));
        expect((await begun('r2')).allowance).toMatchObject({ kind: 'held' });
        expect((await begun('r3')).allowance).toMatchObject({ shortage: { used: 0.0025 } });
      });

      it('leaves nothing held when the run is claimed, committed or reckoned with', async () => {
        await teach([budget({ nanoUsd: 1_000_000 })]);
        const { lease } = await begun('r1');
        expect(await store.reckon()).toEqual({ settled: [], warnings: [] });
        await store.commit(lease, { facts: [], status: 'succeeded', open: [] });
        expect(await store.reckon()).toEqual({ settled: [], warnings: [] });
        expect((await begun('r2')).allowance).toMatchObject({ kind: 'held' });
      });
    });

    it('holds for a prompt that the provider has counted what it counted, and the longest answer', async () => {
      const { lease } = await begun('r1');
      const message = { role: 'assistant' as const, id: 'm1', content: 'x'.repeat(5_000), toolCalls: [] };
      const answered: FactOf<'model.answered'> = {
        ...{ run: 'r1', at: 1, type: 'model.answered', step: 1, message, model, costUsd: 0 },
        ...{ usage: { inputTokens: 40, outputTokens: 2 }, finishReason: 'stop', attempt: 1 },
        ...{ durationMs: 1, timeToFirstTokenMs: 1 },
      };
      await store.commit(lease, { facts: [answered], status: 'running', open: [], nextItem: 'step:2' });
      const allow = async (tokens: number): Promise<unknown> => {
        await begin(`teacher-${tokens}`, { tenant: 'school' });
        const teacher = await take(`teacher-${tokens}`);
        await store.reserve(teacher.lease, print, tariff([budget({ name: 'acme', tokens })], { model }));
        return (await take('r1', { item: 'step:2' })).allowance;
      };
      expect(await allow(1_041)).toMatchObject({ kind: 'short', shortage: { used: 1_042 } });
      expect(await allow(1_042)).toMatchObject({ kind: 'held' });
    });

    describe('warnings', () => {
      const percents = (warnings: readonly BudgetWarning[]) => warnings.map(({ percent }) => percent);

      it('are told once each, of 50, 80 and 100 per cent', async () => {
        await teach([budget({ nanoUsd: 2_000_000 })]);
        const told: number[][] = [];
        for (const [run, costUsd] of [
          ['r1', 0.0009],
          ['r2', 0.0001],
          ['r3', 0],
          ['r4', 0.0006],
          ['r5', 0],
        ] as const) {
          await begin(run);
          const claimed = await take(run);
          told.push(
            percents([
              ...claimed.warnings,
              ...(await end(claimed, claimed.allowance.kind === 'held' ? spent({ costUsd }) : undefined)),
            ]),
          );
        }
        expect(told).toEqual([[], [50], [], [80], [100]]);
      });

      it('say whose, of what, and how much', async () => {
        await teach([budget({ tokens: 10_000 })]);
        const warnings = await end(await begun('r1'), spent({ inputTokens: 8_000, outputTokens: 500 }));
        expect(warnings).toEqual([
          {
            scope: 'tenant',
            name: 'acme',
            period: 'day',
            amount: 'tokens',
            percent: 80,
            spent: 8_500,
            allowed: 10_000,
          },
        ]);
      });
    });

    it('has more room after a grant', async () => {
      await teach([budget({ nanoUsd: 1_000_000, onLimit: 'wait' })]);
      await end(await begun('r1'), spent({ costUsd: 0.001 }));
      const claimed = await begun('r2');
      if (claimed.allowance.kind !== 'short') throw new Error(claimed.allowance.kind);
      const { account, amount, onLimit } = claimed.allowance.shortage;
      expect(onLimit).toBe('wait');
      const open = [{ item: 'budget:1', data: '', lookAtMs: 1 }];
      await store.commit(claimed.lease, { facts: [], status: 'running', open });
      const probe = await take('r2', { item: 'budget:1' });
      expect(probe.allowance).toMatchObject({ kind: 'short' });
      const granted = { facts: [], status: 'running', open: [], nextItem: 'step:1~1' } as const;
      await store.commit(probe.lease, { ...granted, grant: { account, amount, more: 0.001 } });
      expect((await take('r2', { item: 'step:1~1' })).allowance).toMatchObject({ kind: 'held' });
    });

    it('holds nothing for a look whether there is room', async () => {
      await teach([budget({ nanoUsd: 1_000_000 })]);
      await begin('r1');
      const { lease } = await take('r1');
      await store.commit(lease, {
        facts: [],
        status: 'running',
        open: [{ item: 'budget:1', data: '', lookAtMs: 1 }],
      });
      expect((await take('r1', { item: 'budget:1' })).allowance).toEqual({ kind: 'free' });
      expect((await begun('r2')).allowance).toMatchObject({ kind: 'held' });
    });

    it('creates no run against a budget of which nothing is left, and tells which', async () => {
      const budgets = [budget({ tokens: 2_000 })];
      await teach(budgets);
      expect(await store.create(newRun('r1', { budgets, thread: 't-r1' }))).toMatchObject({
        kind: 'created',
      });
      await end(await take('r1'), spent({ inputTokens: 2_000 }));
      expect(await store.create(newRun('r2', { budgets, thread: 't-r2' }))).toEqual({
        ...{ kind: 'no-budget', scope: 'tenant', name: 'acme', period: 'day', amount: 'tokens' },
      });
      expect(await store.create(newRun('r1', { budgets, thread: 't-r1' }))).toMatchObject({ kind: 'exists' });
      expect(await store.create(newRun('r3', { budgets, thread: 't-r3', tenant: 'rival' }))).toMatchObject({
        kind: 'created',
      });
    });

    it('does not reserve for somebody who has lost the item', async () => {
      await begin('r1');
      const { lease } = await take('r1', { leaseMs: 1 });
      await pause(10);
      await take('r1', { owner: 'other' });
      expect(await store.reserve(lease, print, tariff([]))).toEqual({ kind: 'lost' });
    });

    it('holds nothing for a run that was cancelled', async () => {
      await teach([budget({ nanoUsd: 1 })]);
      await begin('r1');
      await store.intervene({ run: 'r1', v: 1, kind: 'cancel', status: 'running', facts: [], open: [] });
      expect((await take('r1')).allowance).toEqual({ kind: 'free' });
    });
  });
}
