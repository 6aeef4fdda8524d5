import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Fact, FactOf } from '@lumina/contracts';
import { type ThrowawayRedis, startRedis } from '@lumina/testing';
import { type Call, GatewayBench, keys } from './testing/gateway-bench';
import { ScriptedWorker } from './testing/scripted-worker';

const nowhere = '77777777-7777-4777-8777-777777777777';
const input = { messages: [{ role: 'user', content: 'hello' }] };

describe('a run that has used up its budget', () => {
  let redis: ThrowawayRedis;
  let gateway: GatewayBench;

  beforeAll(async () => {
    redis = await startRedis();
    gateway = await GatewayBench.start(redis.url);
  });
  afterAll(async () => {
    await gateway.stop();
    await redis.stop();
  });

  /** What an orchestrator commits when it finds the budget used up. */
  async function ask(run: string, changes: Partial<FactOf<'budget.asked'>> = {}): Promise<void> {
    const outcome = await gateway.store.claim({ run, item: 'step:1' }, 'scripted', 30_000);
    if (outcome.kind !== 'claimed') throw new Error(outcome.kind);
    const expiresAt = Date.now() + 60_000;
    const asked: FactOf<'budget.asked'> = {
      ...{ run, at: Date.now(), type: 'budget.asked', item: 'budget:1', scope: 'run' },
      ...{ amount: 'costUsd', used: 5.5, allowed: 5, expiresAt },
      ...changes,
    };
    const open = [{ item: asked.item, data: '', lookAtMs: asked.expiresAt }];
    await gateway.store.commit(outcome.claimed.lease, { facts: [asked], status: 'running', open });
  }

  async function waiting(changes: Partial<FactOf<'budget.asked'>> = {}) {
    const thread = String((await gateway.call('POST /threads', { body: {} })).json['thread_id']);
    const { json } = await gateway.call(`POST /threads/${thread}/runs`, { body: { input } });
    const run = String(json['run_id']);
    await ask(run, changes);
    return { thread, run };
  }

  const show = (run: string, call: Call = {}) => gateway.call(`GET /runs/${run}/budget`, call);
  const decide = (run: string, body: unknown, call: Call = {}) =>
    gateway.call(`POST /runs/${run}/budget`, { ...call, body });
  const resume = (thread: string, decision: unknown, call: Call = {}) =>
    gateway.call(`POST /threads/${thread}/runs`, {
      ...call,
      body: { command: { resume: { decisions: [decision] } } },
    });
  const factsOf = async (thread: string): Promise<readonly Fact[]> =>
    (await gateway.store.journal(thread)).map(({ fact }) => fact);
  const openItems = async (run: string) =>
    ((await gateway.store.run(run))?.items ?? []).filter(({ isOpen }) => isOpen).map(({ item }) => item);
  const grant = { item: 'budget:1', decision: 'grant', more: 2.5 };

  it('is shown: what it used, what it may use, and what it waits for', async () => {
    const expiresAt = Date.now() + 60_000;
    const { run } = await waiting({ expiresAt });
    expect((await show(run)).json).toEqual({
      used: { tokens: 0, costUsd: 0 },
      allowed: { tokens: 1_000_000, costUsd: 5 },
      waiting: [
        {
          ...{ run_id: run, item: 'budget:1', scope: 'run', amount: 'costUsd', used: 5.5, allowed: 5 },
          ...{ asked_at: expect.stringMatching(/Z$/), expires_at: new Date(expiresAt).toISOString() },
        },
      ],
    });
  });

  it('goes on when it is granted more, and who granted it is on record', async () => {
    const { run, thread } = await waiting();
    expect(await decide(run, { ...grant, reason: 'worth it' })).toMatchObject({
      ...{ status: 202, json: { run_id: run, item: 'budget:1', decision: 'grant' } },
    });
    expect((await factsOf(thread)).at(-1)).toMatchObject({
      ...{ type: 'budget.granted', item: 'budget:1', scope: 'run', amount: 'costUsd', more: 2.5 },
      ...{ by: expect.stringMatching(/./), reason: 'worth it' },
    });
    expect(await openItems(run)).toEqual(['step:1~1']);
    expect((await show(run)).json).toMatchObject({ allowed: { costUsd: 7.5 }, waiting: [] });
  });

  it('ends at its limit when a person refuses', async () => {
    const { run, thread } = await waiting();
    expect((await decide(run, { item: 'budget:1', decision: 'reject', reason: 'too dear' })).status).toBe(
      202,
    );
    expect(await factsOf(thread)).toMatchObject([
      { type: 'run.accepted' },
      { type: 'budget.asked' },
      { type: 'budget.refused', reason: 'too dear' },
      { type: 'run.failed', failure: { code: 'LUM_COST_LIMIT' } },
    ]);
    expect(await gateway.store.run(run)).toMatchObject({ status: 'failed' });
    expect(await decide(run, grant)).toMatchObject({ status: 409, json: { code: 'LUM_RUN_ENDED' } });
  });

  it('hears the first of many who decide at once, and no other', async () => {
    const { run, thread } = await waiting();
    const all = await Promise.all([1, 2, 3, 4].map((more) => decide(run, { ...grant, more })));
    expect(all.map(({ status }) => status).sort()).toEqual([202, 409, 409, 409]);
    expect((await factsOf(thread)).filter(({ type }) => type === 'budget.granted')).toHaveLength(1);
  });

  it.each<[string, object, Partial<FactOf<'budget.asked'>>, { status: number; code: string }]>([
    ['too little', { more: 0.1 }, {}, { status: 422, code: 'LUM_VALIDATION_FAILED' }],
    ['nothing', { more: 0 }, {}, { status: 422, code: 'LUM_VALIDATION_FAILED' }],
    ['another question', { item: 'budget:1~1' }, {}, { status: 409, code: 'LUM_APPROVAL_NOT_PENDING' }],
    ['too late', {}, { expiresAt: Date.now() - 1 }, { status: 409, code: 'LUM_APPROVAL_EXPIRED' }],
  ])('is not moved by a grant of %s', async (_, body, changes, { status, code }) => {
    const { run, thread } = await waiting(changes);
    const before = await factsOf(thread);
    expect(await decide(run, { ...grant, ...body })).toMatchObject({ status, json: { code } });
    expect(await factsOf(thread)).toEqual(before);
  });

  it.each<[unknown, readonly string[]]>([
    [{}, ['item', 'decision']],
    [{ ...grant, decision: 'expire' }, ['decision']],
    [{ ...grant, more: '5' }, ['more']],
    [{ ...grant, reason: 'x'.repeat(2_001) }, ['reason']],
  ])('is not moved by what cannot be read (%#)', async (body, fields) => {
    const { run } = await waiting();
    const { status, json } = await decide(run, body);
    expect(status).toBe(422);
    expect((json['errors'] as { field: string }[]).map(({ field }) => field)).toEqual(fields);
    expect(await openItems(run)).toEqual(['budget:1']);
  });

  it('needs the scope that approvals need, and the tenant', async () => {
    const { run, thread } = await waiting();
    for (const key of [keys.reader, keys.writer])
      expect((await decide(run, grant, { key })).status).toBe(403);
    expect((await decide(run, grant, { key: keys.rival })).status).toBe(404);
    expect((await show(run, { key: keys.rival })).status).toBe(404);
    expect((await show(nowhere)).status).toBe(404);
    expect((await show(run, { key: '' })).status).toBe(401);
    expect((await resume(thread, { type: 'grant', more: 1 }, { key: keys.writer })).status).toBe(403);
    expect(await openItems(run)).toEqual(['budget:1']);
  });

  it('interrupts its thread, and goes on with a command', async () => {
    const { run, thread } = await waiting();
    expect((await gateway.call(`GET /threads/${thread}`)).json).toMatchObject({ status: 'interrupted' });
    const { json } = await gateway.call(`GET /threads/${thread}/state`);
    const action = { name: 'budget', args: { scope: 'run', amount: 'costUsd', used: 5.5, allowed: 5 } };
    expect(json).toMatchObject({
      next: ['agent'],
      tasks: [{ interrupts: [{ value: { action_requests: [action] } }] }],
    });
    expect((await gateway.call(`GET /threads/${thread}/runs/${run}`)).json).toMatchObject({
      status: 'success',
    });
    expect(await resume(thread, { type: 'grant', more: 1 })).toMatchObject({
      status: 200,
      json: { run_id: run },
    });
    expect(await openItems(run)).toEqual(['step:1~1']);
    expect((await gateway.call(`GET /threads/${thread}`)).json).toMatchObject({ status: 'busy' });
  });

  it('ends its stream with the interrupt', async () => {
    const { run, thread } = await waiting();
    const frames = await gateway.frames(`GET /threads/${thread}/runs/${run}/stream?stream_mode=updates`);
    expect(frames.slice(-2)).toMatchObject([
      { event: 'updates', data: { __interrupt__: [{ value: {} }] } },
      { event: 'end' },
    ]);
  });

  it('is explained', async () => {
    const { run } = await waiting();
    expect((await gateway.call(`GET /runs/${run}/explain`)).json).toMatchObject({
      ...{ status: 'waiting', waits_for: { what: 'budget' } },
      what_to_do: expect.stringContaining(`/runs/${run}/budget`),
    });
  });

  it('is cancelled at once', async () => {
    const { run, thread } = await waiting();
    expect((await gateway.call(`POST /threads/${thread}/runs/${run}/cancel?wait=1`)).status).toBe(204);
    expect(await gateway.store.run(run)).toMatchObject({ status: 'cancelled' });
    expect(await openItems(run)).toEqual([]);
  });

  it('is answered with 402 where the client cannot wait', async () => {
    const thread = String((await gateway.call('POST /threads', { body: {} })).json['thread_id']);
    const chatting = gateway.call('POST /chat', { body: { message: 'hello', thread_id: thread } });
    const active = async (): Promise<string> => {
      for (;;) {
        const run = (await gateway.store.thread(thread))?.activeRun;
        if (run !== undefined) return run;
      }
    };
    await ask(await active());
    expect(await chatting).toMatchObject({ status: 402, json: { code: 'LUM_BUDGET_NEEDED' } });
  });

  it('begins no new run on its thread meanwhile', async () => {
    const { run, thread } = await waiting();
    const { json } = await gateway.call(`POST /threads/${thread}/runs`, { body: { input } });
    const next = String(json['run_id']);
    expect(await gateway.store.run(next)).toMatchObject({ status: 'queued' });
    await decide(run, { item: 'budget:1', decision: 'reject' });
    await new ScriptedWorker(gateway.store, next).succeed('Done.');
    expect(await gateway.store.run(next)).toMatchObject({ status: 'succeeded' });
  });
});
