import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ThrowawayRedis, eventually, startRedis } from '@lumina/testing';
import { type Question, askPerson, question } from './testing/asking-worker';
import { type Answer, type Call, GatewayBench, keys } from './testing/gateway-bench';
import { ScriptedWorker } from './testing/scripted-worker';

const nowhere = '77777777-7777-4777-8777-777777777777';
const input = { messages: [{ role: 'user', content: 'hello' }] };
const approveOne = { command: { resume: { decisions: [{ type: 'approve' }] } } };

describe('calls that wait for a person', () => {
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

  async function started(): Promise<{ thread: string; run: string }> {
    const thread = String((await gateway.call('POST /threads', { body: {} })).json['thread_id']);
    const { json } = await gateway.call(`POST /threads/${thread}/runs`, { body: { input } });
    return { thread, run: String(json['run_id']) };
  }

  async function asking(...questions: readonly Question[]): Promise<{ thread: string; run: string }> {
    const begun = await started();
    await askPerson(gateway.store, begun.run, questions.length > 0 ? questions : [question(0)]);
    return begun;
  }

  const list = (run: string, call: Call = {}) => gateway.call(`GET /runs/${run}/approvals`, call);
  const decide = (run: string, body: unknown, call: Call = {}): Promise<Answer> =>
    gateway.call(`POST /runs/${run}/approvals`, { ...call, body });
  const resume = (thread: string, body: unknown = approveOne, call: Call = {}): Promise<Answer> =>
    gateway.call(`POST /threads/${thread}/runs`, { ...call, body });
  const factsOf = async (thread: string) => (await gateway.store.journal(thread)).map(({ fact }) => fact);
  const openItems = async (run: string) =>
    ((await gateway.store.run(run))?.items ?? []).filter(({ isOpen }) => isOpen).map(({ item }) => item);

  describe('the list', () => {
    it('names each with its arguments, their digest and its time, until it is decided', async () => {
      const expiresAt = Date.now() + 60_000;
      const { run } = await asking(
        question(0, { expiresAt }),
        question(1, { expiresAt, why: 'outcome_unknown' }),
      );
      const times = { asked_at: expect.stringMatching(/Z$/), expires_at: new Date(expiresAt).toISOString() };
      const about = { run_id: run, tool: 'send_mail', ...times };
      expect((await list(run)).json).toEqual([
        { item: 'ask:1.0', args: { to: 'c0' }, args_digest: 'digest-0', why: 'policy', ...about },
        { item: 'ask:1.1', args: { to: 'c1' }, args_digest: 'digest-1', why: 'outcome_unknown', ...about },
      ]);
      await decide(run, { item: 'ask:1.0', decision: 'approve' });
      expect((await list(run)).json).toMatchObject([{ item: 'ask:1.1' }]);
    });

    it('is empty where nothing waits', async () => {
      const { run } = await started();
      expect((await list(run)).json).toEqual([]);
      await new ScriptedWorker(gateway.store, run).succeed('Done.');
      expect((await list(run)).json).toEqual([]);
    });

    it('is nobody else`s', async () => {
      const { run } = await asking();
      expect((await list(run, { key: keys.rival })).status).toBe(404);
      expect((await list(nowhere)).status).toBe(404);
      expect((await list(run, { key: keys.writer })).status).toBe(403);
      expect((await list(run, { key: '' })).status).toBe(401);
    });
  });

  describe('a decision', () => {
    it('is put on record with who made it, and has the call run', async () => {
      const { run, thread } = await asking();
      const body = { item: 'ask:1.0', decision: 'approve', args_digest: 'digest-0', reason: 'fine' };
      expect(await decide(run, body)).toMatchObject({
        ...{ status: 202, json: { run_id: run, item: 'ask:1.0', decision: 'approve' } },
      });
      expect((await factsOf(thread)).at(-1)).toMatchObject({
        ...{ type: 'approval.given', item: 'ask:1.0', decision: 'approve', reason: 'fine' },
        ...{ argsDigest: 'digest-0', by: expect.stringMatching(/./) },
      });
      expect(await openItems(run)).toEqual(['call:1.0~1']);
      expect(await decide(run, body)).toMatchObject({
        ...{ status: 409, json: { code: 'LUM_APPROVAL_NOT_PENDING' } },
      });
    });

    it('to edit has the call run with the new arguments, under their own digest', async () => {
      const { run, thread } = await asking();
      await decide(run, { item: 'ask:1.0', decision: 'edit', args: { to: 'someone' } });
      const fact = (await factsOf(thread)).at(-1);
      expect(fact).toMatchObject({ decision: 'edit', args: { to: 'someone' } });
      expect(fact).toMatchObject({ argsDigest: expect.stringMatching(/^[0-9a-f]{64}$/) });
      const claimed = await gateway.store.claim({ run, item: 'call:1.0~1' }, 'other', 1_000);
      expect(claimed.kind === 'claimed' ? JSON.parse(claimed.claimed.data) : claimed).toMatchObject({
        ...{ tool: 'send_mail', args: { to: 'someone' }, callId: 'c0' },
      });
    });

    it('to reject answers the model with the reason', async () => {
      const { run, thread } = await asking();
      await decide(run, { item: 'ask:1.0', decision: 'reject', reason: 'too dear' });
      expect((await factsOf(thread)).at(-1)).toMatchObject({
        ...{ type: 'tool.answered', attempt: 0 },
        message: { isError: true, content: expect.stringContaining('too dear') },
      });
      expect(await openItems(run)).toEqual(['step:2']);
    });

    it('to retry is for a call whose outcome is not known', async () => {
      const { run } = await asking(question(0, { why: 'outcome_unknown' }), question(1));
      expect((await decide(run, { item: 'ask:1.1', decision: 'retry' })).status).toBe(422);
      expect((await decide(run, { item: 'ask:1.0', decision: 'retry' })).status).toBe(202);
      expect(await openItems(run)).toEqual(expect.arrayContaining(['call:1.0~1', 'ask:1.1']));
    });

    it.each<[string, object, Partial<Question>, { status: number; code: string }]>([
      [
        'other arguments',
        { decision: 'approve', args_digest: 'digest-of-others' },
        {},
        { status: 409, code: 'LUM_APPROVAL_ALTERED' },
      ],
      [
        'what has expired',
        { decision: 'approve' },
        { expiresAt: Date.now() - 1 },
        { status: 409, code: 'LUM_APPROVAL_EXPIRED' },
      ],
      [
        'what does not wait',
        { item: 'ask:9.9', decision: 'approve' },
        {},
        { status: 409, code: 'LUM_APPROVAL_NOT_PENDING' },
      ],
      ['an edit to nothing', { decision: 'edit' }, {}, { status: 422, code: 'LUM_VALIDATION_FAILED' }],
    ])('about %s is refused and changes nothing', async (_what, body, changes, { status, code }) => {
      const { run, thread } = await asking(question(0, changes));
      const before = await factsOf(thread);
      expect(await decide(run, { item: 'ask:1.0', ...body })).toMatchObject({ status, json: { code } });
      expect(await factsOf(thread)).toEqual(before);
    });

    it.each<[unknown, readonly string[]]>([
      [{}, ['item', 'decision']],
      [{ item: 1, decision: 'approve' }, ['item']],
      [{ item: 'ask:1.0', decision: 'expire' }, ['decision']],
      [{ item: 'ask:1.0', decision: 'edit', args: [] }, ['args']],
      [{ item: 'ask:1.0', decision: 'approve', args_digest: 5 }, ['args_digest']],
      [{ item: 'ask:1.0', decision: 'reject', reason: 'x'.repeat(2_001) }, ['reason']],
    ])('that cannot be read is refused, naming the fields: %j', async (body, fields) => {
      const { run } = await asking();
      const { status, json } = await decide(run, body);
      expect(status).toBe(422);
      expect((json['errors'] as { field: string }[]).map(({ field }) => field)).toEqual(fields);
      expect(await openItems(run)).toEqual(['ask:1.0']);
    });

    it('needs the scope, and the tenant', async () => {
      const { run } = await asking();
      const body = { item: 'ask:1.0', decision: 'approve' };
      for (const key of [keys.reader, keys.writer])
        expect(await decide(run, body, { key })).toMatchObject({
          status: 403,
          json: { code: 'LUM_FORBIDDEN' },
        });
      expect((await decide(run, body, { key: keys.rival })).status).toBe(404);
      expect(await openItems(run)).toEqual(['ask:1.0']);
    });

    it('counts once, however many people decide at the same moment', async () => {
      const { run, thread } = await asking();
      const all = await Promise.all(
        ['approve', 'reject', 'approve', 'reject'].map((decision) =>
          decide(run, { item: 'ask:1.0', decision }),
        ),
      );
      expect(all.map(({ status }) => status).sort()).toEqual([202, 409, 409, 409]);
      expect((await factsOf(thread)).filter(({ type }) => type === 'approval.given')).toHaveLength(1);
    });
  });

  describe('resuming a thread', () => {
    it('decides about each call in turn, and answers with the run that goes on', async () => {
      const { run, thread } = await asking(question(0), question(1));
      const decisions = [
        { type: 'reject', message: 'not this one' },
        { type: 'edit', edited_action: { name: 'send_mail', args: { to: 'z' } } },
      ];
      const answer = await resume(thread, { command: { resume: { decisions } } });
      expect(answer).toMatchObject({ status: 200, json: { run_id: run } });
      expect(await openItems(run)).toEqual(['call:1.1~1']);
      expect((await gateway.call(`GET /threads/${thread}`)).json).toMatchObject({ status: 'busy' });
    });

    it('decides about all or about nothing', async () => {
      const { run, thread } = await asking(question(0), question(1));
      const before = await factsOf(thread);
      const decisions = [{ type: 'approve' }, { type: 'retry' }];
      expect(await resume(thread, { command: { resume: { decisions } } })).toMatchObject({ status: 422 });
      expect(await factsOf(thread)).toEqual(before);
      expect(await openItems(run)).toEqual(['ask:1.0', 'ask:1.1']);
    });

    it('shows the thread as interrupted until then', async () => {
      const { thread } = await asking();
      expect((await gateway.call(`GET /threads/${thread}`)).json).toMatchObject({ status: 'interrupted' });
      const { json } = await gateway.call(`GET /threads/${thread}/state`);
      expect(json).toMatchObject({ next: ['tools'], tasks: [{ interrupts: [{ value: {} }] }] });
    });

    it('needs the scope to approve, whatever else the key may do', async () => {
      const { run, thread } = await asking();
      expect(await resume(thread, approveOne, { key: keys.writer })).toMatchObject({
        ...{ status: 403, json: { code: 'LUM_FORBIDDEN' } },
      });
      expect((await resume(thread, approveOne, { key: keys.rival })).status).toBe(404);
      expect(await openItems(run)).toEqual(['ask:1.0']);
    });

    it('is refused where nothing waits: no run, or one at work', async () => {
      const { run, thread } = await started();
      const refused = { status: 409, json: { code: 'LUM_APPROVAL_NOT_PENDING' } };
      expect(await resume(thread)).toMatchObject(refused);
      await new ScriptedWorker(gateway.store, run).succeed('Done.');
      expect(await resume(thread)).toMatchObject(refused);
      expect((await resume(nowhere)).status).toBe(404);
      expect((await resume('x')).status).toBe(404);
    });

    it.each<[unknown, string]>([
      [{}, 'command.resume.decisions'],
      [{ resume: { decisions: [] } }, 'command.resume.decisions'],
      [{ resume: { decisions: [{ type: 'approve' }, { type: 'approve' }] } }, 'command.resume.decisions'],
      [{ resume: { decisions: [{ type: 'maybe' }] } }, 'command.resume.decisions.0.type'],
    ])('with %j is refused, naming the place', async (command, field) => {
      const { run, thread } = await asking();
      expect(await resume(thread, { command })).toMatchObject({ status: 422, json: { errors: [{ field }] } });
      expect(await openItems(run)).toEqual(['ask:1.0']);
    });

    it('may wait for the end of the run', async () => {
      const { run, thread } = await asking();
      const waiting = gateway.call(`POST /threads/${thread}/runs/wait`, {
        body: { command: { resume: { decisions: [{ type: 'reject' }] } } },
      });
      await eventually('the next step is open', async () => (await openItems(run)).includes('step:2'));
      const claimed = await gateway.store.claim({ run, item: 'step:2' }, 'scripted', 5_000);
      if (claimed.kind !== 'claimed') throw new Error(claimed.kind);
      await gateway.store.commit(claimed.claimed.lease, {
        ...{ facts: [{ run, at: Date.now(), type: 'run.succeeded' }], status: 'succeeded', open: [] },
      });
      expect((await waiting).json).toMatchObject({
        messages: [{ type: 'human' }, { type: 'ai' }, { type: 'tool' }],
      });
    });
  });

  it('are settled when their run is cancelled, which then ends at once', async () => {
    const { run, thread } = await asking();
    expect((await gateway.call(`POST /threads/${thread}/runs/${run}/cancel?wait=true`)).status).toBe(204);
    expect(await gateway.store.run(run)).toMatchObject({ status: 'cancelled' });
    expect((await list(run)).json).toEqual([]);
    expect(await decide(run, { item: 'ask:1.0', decision: 'approve' })).toMatchObject({ status: 409 });
  });
});
