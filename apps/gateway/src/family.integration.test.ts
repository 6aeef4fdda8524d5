import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Fact } from '@lumina/contracts';
import { childIds } from '@lumina/store';
import { type ThrowawayRedis, eventually, startRedis } from '@lumina/testing';
import { type Question, askPerson, question } from './testing/asking-worker';
import { type Call, GatewayBench, keys } from './testing/gateway-bench';

const input = { messages: [{ role: 'user', content: 'hello' }] };
const approveOne = { command: { resume: { decisions: [{ type: 'approve' }] } } };

interface Begun {
  readonly thread: string;
  readonly run: string;
  /** The subagent's run. */
  readonly child: string;
}

describe('a subagent that waits for a person', () => {
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

  /** A run whose first answer hands work to a subagent, and perhaps asks a person itself, as an orchestrator would have it. */
  async function delegate(...questions: readonly Question[]): Promise<Begun> {
    const thread = String((await gateway.call('POST /threads', { body: {} })).json['thread_id']);
    const { json } = await gateway.call(`POST /threads/${thread}/runs`, { body: { input } });
    const run = String(json['run_id']);
    const claimed = await gateway.store.claim({ run, item: 'step:1' }, 'scripted', 30_000);
    if (claimed.kind !== 'claimed') throw new Error(claimed.kind);
    const work = { id: 'work', name: 'delegate', args: { agent: 'helper', task: 'Do it.' } };
    const mails = questions.map(({ callId }) => ({ id: callId, name: 'send_mail', args: {} }));
    const answered: Fact = {
      ...{ run, at: Date.now(), type: 'model.answered', step: 1, model: 'simulated/simulated' },
      message: { role: 'assistant', id: `m-${run}`, content: '', toolCalls: [work, ...mails] },
      usage: { inputTokens: 5, outputTokens: 3 },
      ...{ costUsd: 0, finishReason: 'tool_calls', attempt: 1, durationMs: 1, timeToFirstTokenMs: 1 },
    };
    const asked = questions.map((one): Fact => ({
      run,
      at: Date.now(),
      type: 'approval.asked',
      why: 'policy',
      ...one,
    }));
    const asks = questions.map(({ item, expiresAt }) => ({ item, data: '', lookAtMs: expiresAt }));
    const open = [{ item: 'child:1.0', data: '{}', lookAtMs: Date.now() + 60_000 }, ...asks];
    const facts = [answered, ...asked];
    await gateway.store.commit(claimed.claimed.lease, { facts, status: 'running', open, nextItem: 'step:2' });
    const child = await begin(run, thread, claimed.claimed.agentDigest);
    return { thread, run, child };
  }

  async function begin(parent: string, parentThread: string, agentDigest: string): Promise<string> {
    const { run, thread } = childIds(parent, 'child:1.0');
    const accepted = (await gateway.store.journal(parentThread)).map(({ fact }) => fact).at(0);
    if (accepted?.type !== 'run.accepted') throw new Error('not begun');
    const { rewindTo: _, ...begun } = accepted;
    const about = { thread: parentThread, item: 'child:1.0', callId: 'work', messageId: 'mw', nextStep: 2 };
    await gateway.store.create({
      ...{ run, thread, tenant: 'acme', requestDigest: parent, threadMetadata: {} },
      accepted: { ...begun, run, agentDigest, depth: 1, parent: { run: parent, ...about } },
      ...{ ifThreadMissing: 'create', ifThreadBusy: 'enqueue', isListed: false },
      caps: { ofTenant: 0, ofAgent: 0 },
    });
    return run;
  }

  async function asking(...questions: readonly Question[]): Promise<Begun> {
    const begun = await delegate(...questions);
    await askPerson(gateway.store, begun.child, [question(0)]);
    return begun;
  }

  const openItems = async (run: string) =>
    ((await gateway.store.run(run))?.items ?? []).filter(({ isOpen }) => isOpen).map(({ item }) => item);
  const resume = (thread: string, body: unknown = approveOne, call: Call = {}) =>
    gateway.call(`POST /threads/${thread}/runs`, { ...call, body });
  const decide = (run: string, body: unknown, call: Call = {}) =>
    gateway.call(`POST /runs/${run}/approvals`, { ...call, body });
  const ofParent = question(1, { item: 'ask:1.1', callId: 'mail' });

  it('shows among the approvals of the run that it works for', async () => {
    const { run, child } = await asking(ofParent);
    expect((await gateway.call(`GET /runs/${run}/approvals`)).json).toMatchObject([
      { run_id: run, item: 'ask:1.1' },
      { run_id: child, item: 'ask:1.0', tool: 'send_mail' },
    ]);
  });

  it('can be decided about there, and nobody else`s can', async () => {
    const { run, child } = await asking();
    const other = await asking();
    const body = { item: 'ask:1.0', decision: 'approve' };
    const refused = { status: 409, json: { code: 'LUM_APPROVAL_NOT_PENDING' } };
    expect(await decide(run, { ...body, run_id: other.child })).toMatchObject(refused);
    expect((await decide(run, { ...body, run_id: child }, { key: keys.rival })).status).toBe(404);
    expect((await decide(run, { ...body, run_id: 'x' })).status).toBe(422);
    expect(await decide(run, { ...body, run_id: child })).toMatchObject({
      ...{ status: 202, json: { run_id: child, item: 'ask:1.0' } },
    });
    expect(await openItems(child)).toEqual(['call:1.0~1']);
    expect(await openItems(other.child)).toEqual(['ask:1.0']);
  });

  it('may wait for more budget, which is granted where the run that it works for shows it', async () => {
    const { thread, run, child } = await delegate();
    const claimed = await gateway.store.claim({ run: child, item: 'step:1' }, 'scripted', 30_000);
    if (claimed.kind !== 'claimed') throw new Error(claimed.kind);
    const expiresAt = Date.now() + 60_000;
    const about = { run: child, at: Date.now(), item: 'budget:1', scope: 'run', amount: 'tokens' } as const;
    await gateway.store.commit(claimed.claimed.lease, {
      facts: [{ ...about, type: 'budget.asked', used: 9, allowed: 9, expiresAt }],
      status: 'running',
      open: [{ item: 'budget:1', data: '', lookAtMs: expiresAt }],
    });
    expect((await gateway.call(`GET /threads/${thread}`)).json).toMatchObject({ status: 'interrupted' });
    const waiting = [{ run_id: child, item: 'budget:1', used: 9, allowed: 9 }];
    expect((await gateway.call(`GET /runs/${run}/budget`)).json).toMatchObject({
      used: { tokens: 8 },
      waiting,
    });
    const body = { run_id: child, item: 'budget:1', decision: 'grant', more: 10 };
    expect((await gateway.call(`POST /runs/${run}/budget`, { body })).status).toBe(202);
    expect(await openItems(child)).toEqual(['step:1~1']);
  });

  it('interrupts the thread that it works for, which goes on with a command', async () => {
    const { thread, run, child } = await asking();
    expect((await gateway.call(`GET /threads/${thread}`)).json).toMatchObject({ status: 'interrupted' });
    const value = { run_id: child, action_requests: [{ name: 'send_mail', args: { to: 'c0' } }] };
    expect((await gateway.call(`GET /threads/${thread}/state`)).json).toMatchObject({
      ...{ next: ['tools'], tasks: [{ interrupts: [{ value }] }] },
    });
    expect(await resume(thread)).toMatchObject({ status: 200, json: { run_id: run } });
    expect(await openItems(child)).toEqual(['call:1.0~1']);
    expect((await gateway.call(`GET /threads/${thread}`)).json).toMatchObject({ status: 'busy' });
    expect(await resume(thread)).toMatchObject({ status: 409 });
  });

  it('is decided about together with what the run itself waits for, its own first', async () => {
    const { thread, run, child } = await asking(ofParent);
    expect(await resume(thread)).toMatchObject({ status: 422 });
    const decisions = [{ type: 'reject' }, { type: 'approve' }];
    expect((await resume(thread, { command: { resume: { decisions } } })).status).toBe(200);
    expect(await openItems(run)).toEqual(['child:1.0']);
    expect(await openItems(child)).toEqual(['call:1.0~1']);
  });

  it('does not interrupt while something else is at work', async () => {
    const { thread, child } = await delegate(ofParent);
    expect((await gateway.call(`GET /threads/${thread}`)).json).toMatchObject({ status: 'busy' });
    await askPerson(gateway.store, child, [question(0)]);
    expect((await gateway.call(`GET /threads/${thread}`)).json).toMatchObject({ status: 'interrupted' });
  });

  it('ends the stream of the run that it works for, then and to whoever comes later', async () => {
    const { thread, run, child } = await delegate();
    const path = `GET /threads/${thread}/runs/${run}/stream?stream_mode=updates,values`;
    const live = gateway.frames(path);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await askPerson(gateway.store, child, [question(0)]);
    const interrupt = { value: { run_id: child, action_requests: [{ name: 'send_mail' }] } };
    const rest = [
      { event: 'updates', data: { __interrupt__: [interrupt] } },
      { event: 'values', data: { __interrupt__: [interrupt] } },
      { event: 'end' },
    ];
    expect((await live).slice(-3)).toMatchObject(rest);
    expect((await gateway.frames(path)).slice(-3)).toMatchObject(rest);
  });

  it('does not end the stream of who goes on, until the run itself ends', async () => {
    const { thread, run, child } = await asking();
    const body = { ...approveOne, stream_mode: ['updates'] };
    const going = gateway.frames(`POST /threads/${thread}/runs/stream`, { body });
    await eventually('it is decided', async () => (await openItems(child)).includes('call:1.0~1'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { v = 0 } = (await gateway.store.run(run)) ?? {};
    await gateway.store.intervene({
      ...{ run, v, kind: 'decide', status: 'succeeded', close: ['child:1.0'], open: [] },
      facts: [{ run, at: Date.now(), type: 'run.succeeded' }],
    });
    const frames = await going;
    expect(frames.map(({ event }) => event)).toEqual(['metadata', 'end']);
    expect(JSON.stringify(frames)).not.toContain('__interrupt__');
  });

  it('answers who waits for the run, and who chats', async () => {
    const { thread, run, child } = await delegate();
    const waiting = gateway.call(`GET /threads/${thread}/runs/${run}/join`);
    await askPerson(gateway.store, child, [question(0)]);
    expect((await waiting).json).toMatchObject({ __interrupt__: [{ value: { run_id: child } }] });
  });

  it('is named when the run that it works for is explained', async () => {
    const { run, child } = await asking();
    expect((await gateway.call(`GET /runs/${run}/explain`)).json).toMatchObject({
      summary: 'The run waits for a subagent, and that for a person.',
      what_to_do: expect.stringContaining(child),
    });
  });
});
