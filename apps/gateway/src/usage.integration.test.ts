import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FactOf } from '@lumina/contracts';
import type { Spent, Tariff } from '@lumina/store';
import { type ThrowawayRedis, startRedis } from '@lumina/testing';
import { GatewayBench, keys } from './testing/gateway-bench';

const input = { messages: [{ role: 'user', content: 'hello' }] };
const today = new Date().toISOString().slice(0, 10);
const budgets = [
  { scope: 'tenant', period: 'day', tokens: 1_000 },
  { scope: 'tenant', name: 'free', period: 'ever', costUsd: 1 },
  { scope: 'agent', name: 'second', period: 'month', tokens: 2_000, onLimit: 'wait' },
];
const agent = { description: 'Answers.', instructions: 'Be brief.', models: ['openai/gpt-5'] };
const file = { defaultAgent: 'first', agents: { first: agent, second: agent }, budgets };

/** What the workers of other processes have reported, on a real Redis. */
describe('money', () => {
  let folder: string;
  let redis: ThrowawayRedis;
  let gateway: GatewayBench;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lumina-usage-'));
    await writeFile(join(folder, 'lumina.yaml'), JSON.stringify(file));
    redis = await startRedis();
    gateway = await GatewayBench.start(redis.url, {
      LUMINA_CONFIG: join(folder, 'lumina.yaml'),
      LUMINA_API_KEYS: `${keys.acme}:acme,${keys.rival}:rival,${keys.writer}:rival:runs:read+runs:write+approve`,
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function begin(assistant = 'first', key: string = keys.acme) {
    const thread = String((await gateway.call('POST /threads', { key, body: {} })).json['thread_id']);
    const body = { assistant_id: assistant, input };
    const answer = await gateway.call(`POST /threads/${thread}/runs`, { key, body });
    return { thread, run: String(answer.json['run_id']), answer };
  }

  const tariff: Tariff = {
    ...{ base: 0, out: 1, models: [] },
    budgets: budgets.map(
      (budget) => ({ name: '*', onLimit: 'fail', ...budget }) as Tariff['budgets'][number],
    ),
  };

  /** As an orchestrator would: hold, answer, settle. */
  async function answer({ run }: { readonly run: string }, changes: Partial<Spent> = {}): Promise<void> {
    const outcome = await gateway.store.claim({ run, item: 'step:1' }, 'w', 30_000);
    if (outcome.kind !== 'claimed') throw new Error(outcome.kind);
    const { lease } = outcome.claimed;
    await gateway.store.reserve(lease, 'print', tariff);
    const spent = {
      ...{ agent: 'first', model: 'openai/gpt-5', inputTokens: 100, outputTokens: 20, costUsd: 0.1, lost: 0 },
      ...changes,
    };
    const message = { role: 'assistant' as const, id: 'm', content: 'Hello.', toolCalls: [] };
    const answered: FactOf<'model.answered'> = {
      ...{ run, at: 1, type: 'model.answered', step: 1, message, model: spent.model, costUsd: spent.costUsd },
      ...{ usage: { inputTokens: spent.inputTokens, outputTokens: spent.outputTokens }, attempt: 1 },
      ...{ finishReason: 'stop', durationMs: 1, timeToFirstTokenMs: 1 },
    };
    const facts = [answered, { run, at: 2, type: 'run.succeeded' } as const];
    await gateway.store.commit(lease, { facts, status: 'succeeded', open: [], spent });
  }

  const usage = async (query = '', key: string = keys.acme) => gateway.call(`GET /usage${query}`, { key });

  it('is counted by day, agent and model, before and after the sweep', async () => {
    await answer(await begin());
    await answer(await begin(), { model: 'openai/small', costUsd: 0.2, cachedInputTokens: 64 });
    const nothing = { inputTokens: 0, outputTokens: 0, costUsd: 0 };
    await answer(await begin(), { model: 'openai/small', ...nothing, cached: 1 });
    const counts = { input_tokens: 100, output_tokens: 20 };
    const lost = { lost_calls: 0, lost_tokens: 0, lost_usd: 0 };
    const expected = {
      ...{ tenant: 'acme', to: today },
      total: {
        ...{ calls: 3, cached_calls: 1, input_tokens: 200, cached_input_tokens: 64, output_tokens: 40 },
        ...{ cost_usd: 0.3, ...lost },
      },
      rows: [
        {
          day: today,
          agent: 'first',
          model: 'openai/gpt-5',
          calls: 1,
          cached_calls: 0,
          cached_input_tokens: 0,
          ...counts,
          cost_usd: 0.1,
          ...lost,
        },
        {
          day: today,
          agent: 'first',
          model: 'openai/small',
          calls: 2,
          cached_calls: 1,
          cached_input_tokens: 64,
          ...counts,
          cost_usd: 0.2,
          ...lost,
        },
      ],
    };
    expect((await usage()).json).toMatchObject(expected);
    await gateway.store.sweep(1);
    expect((await usage()).json).toMatchObject(expected);
    expect((await usage(`?from=${today}&by=agent`)).json).toMatchObject({
      rows: [{ agent: 'first', calls: 3, cost_usd: 0.3 }],
    });
    expect((await usage('?by=tenant')).json).toMatchObject({ rows: [{ tenant: 'acme', calls: 3 }] });
  });

  it("is nobody else's to see", async () => {
    expect((await usage('', keys.rival)).json).toMatchObject({
      tenant: 'rival',
      rows: [],
      total: { calls: 0 },
    });
  });

  it('is asked for in days and dimensions that there are', async () => {
    for (const query of [
      '?from=yesterday',
      '?from=2026-02-30',
      '?by=colour',
      `?from=2020-01-01`,
      '?to=2020-01-01&from=2020-01-02',
    ]) {
      expect(await usage(query)).toMatchObject({ status: 422, json: { code: 'LUM_VALIDATION_FAILED' } });
    }
  });

  it('is shown with its budgets: its own in full, shared ones as far as they hold it back', async () => {
    const { json } = await gateway.call('GET /budgets');
    expect(json['budgets']).toEqual([
      {
        ...{ scope: 'tenant', name: 'acme', period: 'day', on_limit: 'fail' },
        resets_at: new Date(Date.parse(today) + 86_400_000).toISOString(),
        tokens: { spent: 240, held: 0, allowed: 1_000 },
      },
      {
        ...{ scope: 'agent', name: 'second', period: 'month', on_limit: 'wait' },
        resets_at: expect.stringMatching(/-01T00:00:00.000Z$/),
        tokens: { allowed: 2_000, is_spent: false },
      },
    ]);
  });

  it('that is gone begins no run: 402, not to be tried again; and the tenant is warned once at each mark', async () => {
    await answer(await begin(), { inputTokens: 1_000 });
    const { answer: refused } = await begin();
    expect(refused).toMatchObject({ status: 402, json: { code: 'LUM_BUDGET_EXHAUSTED' } });
    expect(refused.headers.get('x-should-retry')).toBe('false');
    const chat = await gateway.call('POST /chat', { body: { message: 'hello' } });
    expect(chat).toMatchObject({ status: 402, json: { code: 'LUM_BUDGET_EXHAUSTED' } });
    expect(chat.headers.get('x-should-retry')).toBe('false');
    expect((await begin('first', keys.rival)).answer.status).toBe(200);
    const { warnings } = (await gateway.call('GET /budgets')).json as { warnings: { percent: number }[] };
    expect(warnings).toMatchObject([{ scope: 'tenant', name: 'acme', amount: 'tokens', percent: 100 }]);
    expect((await gateway.call('GET /budgets', { key: keys.rival })).json).toMatchObject({ warnings: [] });
  });

  describe('of a budget over many runs, where a run waits for it', () => {
    async function waiting(): Promise<string> {
      const { run } = await begin('second', keys.rival);
      const outcome = await gateway.store.claim({ run, item: 'step:1' }, 'w', 30_000);
      if (outcome.kind !== 'claimed') throw new Error(outcome.kind);
      const wide = { name: 'second', period: 'month', account: 'account:agent|second|2026-01' } as const;
      const asked: FactOf<'budget.asked'> = {
        ...{ run, at: Date.now(), type: 'budget.asked', item: 'budget:1', scope: 'agent', amount: 'tokens' },
        ...{ used: 2_100, allowed: 2_000, expiresAt: Date.now() + 60_000, wide },
      };
      const open = [{ item: 'budget:1', data: '', lookAtMs: asked.expiresAt }];
      await gateway.store.commit(outcome.claimed.lease, { facts: [asked], status: 'running', open });
      return run;
    }
    const grant = { item: 'budget:1', decision: 'grant', more: 500 };

    it('shows whose it is', async () => {
      const { json } = await gateway.call(`GET /runs/${await waiting()}/budget`, { key: keys.rival });
      expect(json['waiting']).toMatchObject([
        { scope: 'agent', name: 'second', period: 'month', amount: 'tokens' },
      ]);
    });

    it('is granted only by a key that may add to it', async () => {
      const run = await waiting();
      const call = `POST /runs/${run}/budget`;
      expect(await gateway.call(call, { key: keys.writer, body: grant })).toMatchObject({
        ...{ status: 403, json: { code: 'LUM_FORBIDDEN' } },
      });
      expect((await gateway.call(call, { key: keys.rival, body: grant })).status).toBe(202);
      const open = (await gateway.store.run(run))?.items.filter(({ isOpen }) => isOpen);
      expect(open?.map(({ item }) => item)).toEqual(['step:1~1']);
    });

    it('is refused by a key that may approve', async () => {
      const run = await waiting();
      const body = { item: 'budget:1', decision: 'reject' };
      expect((await gateway.call(`POST /runs/${run}/budget`, { key: keys.writer, body })).status).toBe(202);
      expect(await gateway.store.run(run)).toMatchObject({ status: 'failed' });
    });
  });
});
