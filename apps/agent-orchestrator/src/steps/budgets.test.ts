import { describe, expect, it } from '@jest/globals';
import { type WideBudget, wideBudgetSchema } from '@lumina/contracts';
import { type ModelClient, type ScriptedTurns, scriptedModelClient } from '@lumina/models';
import { eventually } from '@lumina/testing';
import { Bench, accept, doorbell, leaseTimes, lumina } from '../testing/bench';
import { Tariffs } from './tariffs';

const models = ['openai/small', 'openai/large'];
const agent = { ...lumina, models, tools: [], subagents: [], maxOutputTokens: 10 };
const price = (usd: number) => ({ inputUsdPerMillion: 0, outputUsdPerMillion: usd, since: '2026-01-01' });
/** Ten tokens of an answer cost 0.01 dollars at most, of the large model 0.1. */
const prices = { 'openai/small': price(1_000), 'openai/large': price(10_000) };

/** A bench whose orchestrator knows these budgets. */
function benchWith(budgets: readonly Partial<WideBudget>[], turns: ScriptedTurns) {
  const bench = new Bench();
  const client = scriptedModelClient(turns);
  const parsed = budgets.map((budget) => wideBudgetSchema.parse({ period: 'day', ...budget }));
  const tariffs = new Tariffs({ budgets: parsed, prices });
  const runner = bench.runner(client, { tariffs });
  const step = async (run: string, item = 'step:1') => runner.answer(doorbell(run, item));
  const begin = (run: string) => accept(bench.store, { agent, run, thread: `t-${run}` });
  const last = async (run: string) => (await bench.facts(`t-${run}`)).at(-1);
  return { bench, client, runner, step, begin, last };
}

const dear = { text: 'Done.', costUsd: 0.06, usage: { inputTokens: 5, outputTokens: 10 } };

describe('StepRunner, with budgets over many runs', () => {
  it('asks while there is room, then ends the run and says which budget', async () => {
    const { client, step, begin, last } = benchWith([{ scope: 'tenant', costUsd: 0.15 }], [dear, dear]);
    for (const run of ['r1', 'r2']) {
      await begin(run);
      await step(run);
    }
    expect(client.asked).toHaveLength(1);
    expect(await last('r1')).toMatchObject({ type: 'run.succeeded' });
    expect(await last('r2')).toMatchObject({
      failure: { code: 'LUM_BUDGET_EXHAUSTED', message: expect.stringContaining('tenant acme') },
    });
  });

  it('lets the run wait where the budget says so, and goes on after a look that finds room', async () => {
    const budget = { scope: 'tenant', costUsd: 0.15, onLimit: 'wait' } as const;
    const { bench, step, begin, last } = benchWith([budget], [dear, dear]);
    for (const run of ['r1', 'r2']) {
      await begin(run);
      await step(run);
    }
    const asked = await last('r2');
    if (asked?.type !== 'budget.asked') throw new Error(asked?.type);
    await step('r2', 'budget:1');
    expect(await last('r2')).toEqual(asked);
    const grant = { account: asked.wide?.account ?? '', amount: 'costUsd', more: 1 } as const;
    const v = (await bench.store.run('r1'))?.v ?? 0;
    const change = { run: 'r1', v, kind: 'decide', status: 'succeeded', facts: [], open: [], grant } as const;
    await bench.store.intervene(change);
    await step('r2', 'budget:1');
    expect(await last('r2')).toMatchObject({ type: 'budget.freed' });
    await step('r2', 'step:1~1');
    expect(await last('r2')).toMatchObject({ type: 'run.succeeded' });
  });

  it('gives the step back for a while when only calls under way stand in the way', async () => {
    const { bench, runner, step, begin } = benchWith(
      [{ scope: 'tenant', costUsd: 0.15 }],
      [{ hangsAfter: 'W' }],
    );
    await begin('r1');
    const first = runner.answer(doorbell('r1', 'step:1'));
    await eventually('it is asked', async () => (await bench.story('r1')).length > 1);
    await begin('r2');
    await step('r2');
    expect((await bench.store.run('r2'))?.items).toMatchObject([
      { item: 'step:1', isOpen: true, owner: undefined },
    ]);
    expect(await bench.facts('t-r2')).toHaveLength(1);
    bench.letGo.abort();
    await first;
  });

  it('does not ask a model whose own budget is used up while another is left', async () => {
    const { client, step, begin } = benchWith(
      [{ scope: 'model', name: 'openai/small', costUsd: 0.005 }],
      [dear],
    );
    await begin('r1');
    await step('r1');
    expect(client.asked).toMatchObject([{ chain: ['openai/large'] }]);
  });

  it('counts an answer that broke off at the most that it can have cost', async () => {
    const broken = { ...dear, discarded: 'Wro', costUsd: 0.01 };
    const { step, begin, last } = benchWith([{ scope: 'tenant', costUsd: 0.2 }], [broken, dear]);
    for (const run of ['r1', 'r2']) {
      await begin(run);
      await step(run);
    }
    expect(await last('r2')).toMatchObject({
      failure: { message: expect.stringContaining('0.2100 of 0.2') },
    });
  });

  it('counts nothing for a chain that failed before a word, nor for a step that was not asked about', async () => {
    const turns: ScriptedTurns = [{ fails: 'LUM_MODEL_UNAVAILABLE' }, dear];
    const { step, begin, last } = benchWith([{ scope: 'tenant', costUsd: 0.1 }], turns);
    for (const run of ['r1', 'r2']) {
      await begin(run);
      await step(run);
    }
    expect(await last('r1')).toMatchObject({ failure: { code: 'LUM_MODEL_UNAVAILABLE' } });
    expect(await last('r2')).toMatchObject({ type: 'run.succeeded' });
  });

  it('warns of models that no price says what they cost, and tells each mark once', async () => {
    const { bench, step, begin } = benchWith([{ scope: 'tenant', costUsd: 0.12 }], [dear]);
    await accept(bench.store, { agent: { ...agent, models: ['openai/new'] }, run: 'r0', thread: 't-r0' });
    await begin('r1');
    await step('r1');
    expect(bench.logged).toContainEqual(
      expect.objectContaining({ event: 'budget', percent: 50, scope: 'tenant' }),
    );
    await step('r0').catch(() => undefined);
    expect(bench.logged).toContainEqual({ event: 'no price', models: ['openai/new'] });
  });

  describe('when an answer breaks off', () => {
    /** Says half, and asks whether it may go on. */
    const breaking: ModelClient = {
      answer: async (_chain, _request, observer) => {
        observer.onText('Half');
        const half = { model: 'openai/small', at: 4, reason: 'broke off', isStitched: false };
        const parts = [{ ...half, usage: { inputTokens: 5, outputTokens: 1 }, costUsd: 0.02 }];
        if ((await observer.mayAskAgain?.(1)) === false)
          return { kind: 'failed', code: 'LUM_MODEL_UNAVAILABLE', message: 'no room', attempts: 1, parts };
        return scriptedModelClient([dear]).answer(models, _request, observer, new AbortController().signal);
      },
    };
    const playing = async (budgets: readonly Partial<WideBudget>[]) => {
      const { bench, begin, last } = benchWith(budgets, []);
      const parsed = budgets.map((budget) => wideBudgetSchema.parse({ period: 'day', ...budget }));
      const runner = bench.runner(breaking, { tariffs: new Tariffs({ budgets: parsed, prices }) });
      await begin('r1');
      await runner.answer(doorbell('r1', 'step:1'));
      return { bench, last, again: () => runner.answer(doorbell('r1', 'step:1')) };
    };

    it('goes on where the budget has room for two calls', async () => {
      const { last } = await playing([{ scope: 'tenant', costUsd: 0.2 }]);
      expect(await last('r1')).toMatchObject({ type: 'run.succeeded' });
    });

    it('is given up where it has room for one, and the budget is what the run ends with', async () => {
      const { bench, last, again } = await playing([{ scope: 'tenant', costUsd: 0.15 }]);
      expect((await bench.facts('t-r1')).map(({ type }) => type)).toEqual(['run.accepted']);
      expect(await bench.story('r1')).toContain('-');
      bench.aheadMs += 5_000;
      await again();
      expect(await last('r1')).toMatchObject({ failure: { code: 'LUM_BUDGET_EXHAUSTED' } });
    });
  });

  it('takes over from a holder that fell silent, and counts its call', async () => {
    const turns: ScriptedTurns = [{ hangsAfter: 'Half' }, dear];
    const { bench, runner, step, begin, last } = benchWith([{ scope: 'tenant', costUsd: 0.25 }], turns);
    await begin('r1');
    const first = runner.answer(doorbell('r1', 'step:1'));
    await eventually('it is asked', async () => (await bench.story('r1')).length > 1);
    bench.aheadMs += leaseTimes.leaseMs + 1;
    await step('r1');
    await first;
    expect(await last('r1')).toMatchObject({ type: 'run.succeeded' });
    await begin('r2');
    await step('r2');
    expect(await last('r2')).toMatchObject({
      failure: { message: expect.stringContaining('0.2600 of 0.25') },
    });
  });
});
