import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ThrowawayRedis, eventually, startRedis } from '@lumina/testing';
import { checkpointId } from './langgraph/checkpoint';
import { type Answer, type Call, GatewayBench, keys } from './testing/gateway-bench';
import { ScriptedWorker } from './testing/scripted-worker';

interface State {
  readonly values: { readonly messages: readonly { readonly id: string; readonly content: string }[] };
  readonly checkpoint: { readonly checkpoint_id: string };
  readonly parent_checkpoint: { readonly checkpoint_id: string } | null;
  readonly metadata: { readonly source: string };
}

const said = (content: string, id?: string) => ({
  role: 'user',
  content,
  ...(id === undefined ? {} : { id }),
});

describe('the state of threads', () => {
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

  const newThread = async (): Promise<string> =>
    String((await gateway.call('POST /threads', { body: {} })).json['thread_id']);
  const startRun = (thread: string, body: object = {}, call: Call = {}): Promise<Answer> => {
    const input = { messages: [said('hello')] };
    return gateway.call(`POST /threads/${thread}/runs`, { ...call, body: { input, ...body } });
  };
  const runOf = ({ json }: Answer): string => String(json['run_id']);
  const update = (thread: string, body: object, call: Call = {}): Promise<Answer> =>
    gateway.call(`POST /threads/${thread}/state`, { ...call, body });
  const append = async (thread: string, ...contents: readonly string[]): Promise<void> => {
    for (const content of contents) await update(thread, { values: { messages: [said(content, content)] } });
  };
  const states = async (route: string, call: Call = {}): Promise<readonly State[]> =>
    (await gateway.call(route, call)).json as unknown as readonly State[];
  const contents = ({ values }: State): readonly string[] => values.messages.map(({ content }) => content);
  const now = async (thread: string): Promise<readonly string[]> =>
    contents((await gateway.call(`GET /threads/${thread}/state`)).json as unknown as State);

  describe('history', () => {
    it('shows the states in which something was said, newest first, each with the one before it', async () => {
      const thread = await newThread();
      expect(await states(`GET /threads/${thread}/history`)).toEqual([]);
      const run = runOf(await startRun(thread));
      const worker = new ScriptedWorker(gateway.store, run);
      await worker.useTools('c1');
      await worker.succeed('Done.');
      const history = await states(`POST /threads/${thread}/history`, { body: {} });
      expect(history.map((state) => contents(state).length)).toEqual([4, 3, 2, 1]);
      expect(history.at(-1)).toMatchObject({ parent_checkpoint: null, metadata: { source: 'input' } });
      expect(history[0]?.parent_checkpoint).toEqual(history[1]?.checkpoint);
    });

    it('shows those whose metadata holds something, and parts of them, where that is asked for', async () => {
      const thread = await newThread();
      const run = runOf(await startRun(thread));
      const worker = new ScriptedWorker(gateway.store, run);
      await worker.useTools('c1');
      await worker.succeed('Done.');
      const find = (body: object) => states(`POST /threads/${thread}/history`, { body });
      const inputs = await find({ metadata: { source: 'input' }, limit: 1 });
      expect(inputs).toMatchObject([{ metadata: { source: 'input', run_id: run } }]);
      expect(await find({ metadata: { run_id: 'another' } })).toEqual([]);
      const [newest] = await find({ limit: 1, select: ['values.messages', 'next'] });
      expect(Object.keys(newest ?? {}).sort()).toEqual(['next', 'values']);
      const part = await gateway.call(`GET /threads/${thread}/state?select=next&select=created_at`);
      expect(Object.keys(part.json).sort()).toEqual(['created_at', 'next']);
      const wrong = await gateway.call(`GET /threads/${thread}/state?select=all`);
      expect(wrong).toMatchObject({ status: 422, json: { errors: [{ field: 'select' }] } });
    });

    it('is cut at a limit, ten unless another is asked for', async () => {
      const thread = await newThread();
      await append(thread, ...'a b c d e f g h i j k l'.split(' '));
      expect(await states(`GET /threads/${thread}/history`)).toHaveLength(10);
      expect(await states(`POST /threads/${thread}/history`, { body: {} })).toHaveLength(10);
      expect(await states(`GET /threads/${thread}/history?limit=11`)).toHaveLength(11);
      const two = await states(`POST /threads/${thread}/history`, { body: { limit: 2 } });
      expect(two.map((state) => contents(state).at(-1))).toEqual(['l', 'k']);
    });

    it.each(['0', '-1', '1.5', 'many', '1001', ''])('refuses the limit %j in either form', async (limit) => {
      const thread = await newThread();
      const refused = { status: 422, json: { code: 'LUM_VALIDATION_FAILED', errors: [{ field: 'limit' }] } };
      expect(await gateway.call(`GET /threads/${thread}/history?limit=${limit}`)).toMatchObject(refused);
      const body = { limit: Number(limit) || limit };
      expect(await gateway.call(`POST /threads/${thread}/history`, { body })).toMatchObject(
        limit === '' ? { status: 422 } : refused,
      );
    });

    it.each<[string, (id: string) => unknown]>([
      ['an id', (id) => id],
      ['an object', (checkpoint_id) => ({ checkpoint_id })],
      ['a config', (checkpoint_id) => ({ configurable: { checkpoint_id } })],
    ])('shows only what was before a checkpoint, given as %s', async (_form, form) => {
      const thread = await newThread();
      await append(thread, 'a', 'b', 'c');
      const before = form(checkpointId(3));
      const found = await states(`POST /threads/${thread}/history`, { body: { before, limit: 5 } });
      expect(found.map((state) => contents(state).at(-1))).toEqual(['b', 'a']);
      const first = await states(`POST /threads/${thread}/history`, {
        body: { before: form(checkpointId(1)) },
      });
      expect(first).toEqual([]);
      const unknown = { before: form(checkpointId(4)) };
      expect((await gateway.call(`POST /threads/${thread}/history`, { body: unknown })).status).toBe(404);
    });

    it('takes the checkpoint in the address too', async () => {
      const thread = await newThread();
      await append(thread, 'a', 'b');
      const route = `GET /threads/${thread}/history?before=${checkpointId(2)}`;
      expect((await states(route)).map(contents)).toEqual([['a']]);
    });

    it.each([null, {}, { configurable: null }, { configurable: { configurable: {} } }, 5])(
      'shows all where what is given as before names none: %j',
      async (before) => {
        const thread = await newThread();
        await append(thread, 'a');
        expect(await states(`POST /threads/${thread}/history`, { body: { before } })).toHaveLength(1);
      },
    );
  });

  describe('at a checkpoint', () => {
    it('is what it was then', async () => {
      const thread = await newThread();
      await append(thread, 'a', 'b');
      const at = async (position: number) =>
        contents(
          (await gateway.call(`GET /threads/${thread}/state/${checkpointId(position)}`))
            .json as unknown as State,
        );
      expect([await at(0), await at(1), await at(2)]).toEqual([[], ['a'], ['a', 'b']]);
    });

    it.each(['latest', checkpointId(99), '00000000-0000-8000-8000-zzzzzzzzzzzz', '1'])(
      'that does not exist, %s, is not found',
      async (id) => {
        const thread = await newThread();
        const { status, text } = await gateway.call(`GET /threads/${thread}/state/${id}`);
        expect({ status, text }).toEqual({ status: 404, text: `Checkpoint ${id} not found in this thread` });
        const answer = await update(thread, { values: { messages: [said('x')] }, checkpoint_id: id });
        expect(answer.status).toBe(404);
        expect((await startRun(thread, { checkpoint_id: id })).status).toBe(404);
      },
    );
  });

  describe('updated by a client', () => {
    it('appends, and names the checkpoint that this made', async () => {
      const thread = await newThread();
      await append(thread, 'a');
      const { status, json } = await update(thread, { values: { messages: [said('b'), said('c')] } });
      expect({ status, json }).toEqual({
        status: 200,
        json: { checkpoint: { thread_id: thread, checkpoint_ns: '', checkpoint_id: checkpointId(2) } },
      });
      expect(await now(thread)).toEqual(['a', 'b', 'c']);
      const [latest] = await states(`GET /threads/${thread}/history?limit=1`);
      expect(latest).toMatchObject({ metadata: { source: 'update', run_id: '' } });
    });

    it('replaces and removes, and keeps what was before as a checkpoint', async () => {
      const thread = await newThread();
      await append(thread, 'a', 'b', 'c');
      const messages = [said('B', 'b'), { type: 'remove', id: 'a' }, said('d')];
      await update(thread, { values: { messages } });
      expect(await now(thread)).toEqual(['B', 'c', 'd']);
      const [, before] = await states(`GET /threads/${thread}/history`);
      expect(before === undefined ? [] : contents(before)).toEqual(['a', 'b', 'c']);
      await append(thread, 'e');
      expect(await now(thread)).toEqual(['B', 'c', 'd', 'e']);
    });

    it('goes on from an earlier checkpoint, which leaves the other branch as it was', async () => {
      const thread = await newThread();
      await append(thread, 'a', 'b', 'c');
      const forked = await update(thread, {
        values: { messages: [said('x')] },
        checkpoint: { checkpoint_id: checkpointId(1) },
      });
      expect(forked.json).toMatchObject({ checkpoint: { checkpoint_id: checkpointId(4) } });
      expect(await now(thread)).toEqual(['a', 'x']);
      const history = await states(`GET /threads/${thread}/history`);
      expect(history.map(contents)).toEqual([['a', 'x'], ['a', 'b', 'c'], ['a', 'b'], ['a']]);
      expect(history[0]?.parent_checkpoint?.checkpoint_id).toBe(checkpointId(1));
    });

    it('is where the next run goes on, from there or from an earlier checkpoint', async () => {
      const thread = await newThread();
      await append(thread, 'a', 'b');
      const run = runOf(await startRun(thread, { checkpoint_id: checkpointId(1) }));
      await new ScriptedWorker(gateway.store, run).succeed('From a.');
      expect(await now(thread)).toEqual(['a', 'hello', 'From a.']);
      const latest = runOf(await startRun(thread, { checkpoint: { checkpoint_id: checkpointId(5) } }));
      await new ScriptedWorker(gateway.store, latest).succeed('On.');
      expect(await now(thread)).toEqual(['a', 'hello', 'From a.', 'hello', 'On.']);
    });

    it('is refused while a run is under way', async () => {
      const thread = await newThread();
      const run = runOf(await startRun(thread));
      const body = { values: { messages: [said('x')] } };
      expect(await update(thread, body)).toMatchObject({ status: 422, json: { code: 'LUM_THREAD_BUSY' } });
      await new ScriptedWorker(gateway.store, run).succeed('Free.');
      expect((await update(thread, body)).status).toBe(200);
    });

    it('is refused where the thread changes meanwhile, so that none of two changes is lost', async () => {
      const thread = await newThread();
      const sent = ['a', 'b', 'c', 'd', 'e', 'f'].map((content) =>
        update(thread, { values: { messages: [said(content)] } }),
      );
      const answers = await Promise.all(sent);
      const taken = answers.filter(({ status }) => status === 200).length;
      expect(await now(thread)).toHaveLength(taken);
      for (const { status, json } of answers)
        expect([status, json['code']]).toEqual(status === 200 ? [200, undefined] : [409, 'LUM_CONFLICT']);
    });

    it.each<[object, string]>([
      [{}, 'values.messages'],
      [{ values: { messages: [{ role: 'user' }] } }, 'values.messages.0.content'],
      [{ values: 'text' }, 'values'],
      [{ values: { messages: [said('x')] }, checkpoint_id: 7 }, 'checkpoint_id'],
      [{ values: { messages: [said('x')] }, checkpoint: { checkpoint_id: 7 } }, 'checkpoint.checkpoint_id'],
    ])('%j is refused, naming %s', async (body, field) => {
      const answer = await update(await newThread(), body);
      expect(answer).toMatchObject({ status: 422, json: { errors: [{ field }] } });
    });
  });

  it.each(['history', 'state', `state/${checkpointId(1)}`])(
    "another tenant's %s looks as if there were none",
    async (what) => {
      const thread = await newThread();
      await append(thread, 'a');
      const { status, text } = await gateway.call(`GET /threads/${thread}/${what}`, { key: keys.rival });
      expect({ status, text }).toEqual({ status: 404, text: `Thread with ID ${thread} not found` });
    },
  );

  it("another tenant can neither change a thread nor learn from a run's checkpoint how long it is", async () => {
    const thread = await newThread();
    await append(thread, 'a');
    const rival = { key: keys.rival };
    const body = { values: { messages: [said('x')] } };
    expect((await update(thread, body, rival)).status).toBe(404);
    const [within, beyond] = await Promise.all(
      [1, 9].map((position) => startRun(thread, { checkpoint_id: checkpointId(position) }, rival)),
    );
    expect([within?.status, within?.text]).toEqual([404, beyond?.text.replace(/9 /, '1 ')]);
    expect(await now(thread)).toEqual(['a']);
  });

  it('a key that may only read changes nothing', async () => {
    const thread = await newThread();
    const body = { values: { messages: [said('x')] } };
    expect((await update(thread, body, { key: keys.reader })).status).toBe(403);
    expect((await startRun(thread, {}, { key: keys.reader })).status).toBe(403);
  });

  describe('a run that comes while another is under way', () => {
    it.each([
      ['interrupt', false],
      ['rollback', true],
    ] as const)('asks the other to stop where the strategy is %s', async (multitask_strategy, isRollback) => {
      const thread = await newThread();
      const first = runOf(await startRun(thread));
      const second = await startRun(thread, { multitask_strategy });
      expect(second.json).toMatchObject({ status: 'pending' });
      expect(await gateway.store.run(first)).toMatchObject({ isCancelled: true, status: 'running' });
      const journal = await gateway.store.journal(thread);
      expect(journal.at(-1)?.fact).toMatchObject({
        ...{ type: 'cancel.requested', run: first, isRollback, reason: 'a newer run takes its place' },
      });
      const again = await startRun(thread, { multitask_strategy });
      expect(again.status).toBe(200);
      expect(await gateway.store.journal(thread)).toHaveLength(journal.length);
    });

    it('has its turn at once where nothing runs', async () => {
      const answer = await startRun(await newThread(), { multitask_strategy: 'interrupt' });
      expect(answer).toMatchObject({ status: 200, json: { status: 'running' } });
    });

    it('leaves the other alone unless it is told otherwise', async () => {
      const thread = await newThread();
      const first = runOf(await startRun(thread));
      await startRun(thread);
      expect(await gateway.store.run(first)).toMatchObject({ isCancelled: false });
    });

    it('is sent again: the other is told to stop if it was not, and whoever came later is left alone', async () => {
      const thread = await newThread();
      const first = runOf(await startRun(thread));
      const headers = { 'idempotency-key': `again-${thread}` };
      const second = runOf(await startRun(thread, { multitask_strategy: 'enqueue' }, { headers }));
      const repeat = () => startRun(thread, { multitask_strategy: 'interrupt' }, { headers });
      expect(runOf(await repeat())).toBe(second);
      expect(await gateway.store.run(first)).toMatchObject({ isCancelled: true });
      await new ScriptedWorker(gateway.store, first).succeed('One.');
      expect(runOf(await repeat())).toBe(second);
      expect(await gateway.store.run(second)).toMatchObject({ status: 'running', isCancelled: false });
      await new ScriptedWorker(gateway.store, second).succeed('Two.');
      const third = runOf(await startRun(thread));
      await repeat();
      expect(await gateway.store.run(third)).toMatchObject({ isCancelled: false });
    });

    it("touches nothing of another tenant's thread", async () => {
      const thread = await newThread();
      const first = runOf(await startRun(thread));
      const body = { multitask_strategy: 'interrupt' };
      expect((await startRun(thread, body, { key: keys.rival })).status).toBe(404);
      expect(await gateway.store.run(first)).toMatchObject({ isCancelled: false });
    });
  });

  describe('cancelling', () => {
    const cancel = (thread: string, run: string, query = '', call: Call = {}) =>
      gateway.call(`POST /threads/${thread}/runs/${run}/cancel${query}`, call);

    it.each([
      ['', false],
      ['?action=interrupt', false],
      ['?action=rollback', true],
    ])('with %j is taken note of, and who asked', async (query, isRollback) => {
      const thread = await newThread();
      const run = runOf(await startRun(thread));
      expect(await cancel(thread, run, query)).toMatchObject({ status: 202, json: {} });
      const { fact } = (await gateway.store.journal(thread)).at(-1) ?? {};
      expect(fact).toMatchObject({ type: 'cancel.requested', isRollback, by: expect.stringMatching(/./) });
      expect(await cancel(thread, run, query)).toMatchObject({ status: 409, json: { code: 'LUM_CONFLICT' } });
    });

    it('answers when the run has ended, where that is asked for', async () => {
      const thread = await newThread();
      const run = runOf(await startRun(thread));
      let isAnswered = false;
      const waiting = cancel(thread, run, '?wait=1').finally(() => (isAnswered = true));
      await eventually('it is asked for', async () => (await gateway.store.run(run))?.isCancelled);
      expect(isAnswered).toBe(false);
      await new ScriptedWorker(gateway.store, run).fail('LUM_INTERNAL', 'over');
      expect(await waiting).toMatchObject({ status: 204, text: '' });
    });

    it('does not reach a run that has ended, is not there, or is of another thread or tenant', async () => {
      const [thread, other] = [await newThread(), await newThread()];
      const run = runOf(await startRun(thread));
      expect((await cancel(other, run)).status).toBe(404);
      expect((await cancel(thread, other)).status).toBe(404);
      expect((await cancel(thread, run, '', { key: keys.rival })).status).toBe(404);
      expect((await cancel(thread, run, '', { key: keys.reader })).status).toBe(403);
      expect(await gateway.store.run(run)).toMatchObject({ isCancelled: false });
      await new ScriptedWorker(gateway.store, run).succeed('Over.');
      expect(await cancel(thread, run)).toMatchObject({ status: 409, json: { code: 'LUM_RUN_ENDED' } });
    });

    it('refuses an action that it does not know, and changes nothing', async () => {
      const thread = await newThread();
      const run = runOf(await startRun(thread));
      expect(await cancel(thread, run, '?action=explode')).toMatchObject({
        ...{ status: 422, json: { errors: [{ field: 'action' }] } },
      });
      expect(await gateway.store.run(run)).toMatchObject({ isCancelled: false });
    });
  });
});
