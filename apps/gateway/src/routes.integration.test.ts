import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ThrowawayRedis, eventually, startRedis } from '@lumina/testing';
import { GatewayBench, keys } from './testing/gateway-bench';
import { ScriptedWorker } from './testing/scripted-worker';
import { STREAMS } from './tokens';

const nowhere = '77777777-7777-4777-8777-777777777777';
const input = { messages: [{ role: 'user', content: 'hello' }] };

const invalid = (...fields: readonly string[]) => ({ status: 422, code: 'LUM_VALIDATION_FAILED', fields });

describe('the gateway', () => {
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

  async function newThread(): Promise<string> {
    return String((await gateway.call('POST /threads', { body: {} })).json['thread_id']);
  }

  /** The newest run of a tenant, once it is there. */
  async function newestRun(after: string | undefined, tenant = 'acme'): Promise<string> {
    return eventually('a run is created', async () => {
      const [newest] = await gateway.store.newestRuns(tenant, 1);
      return newest === after ? undefined : newest;
    });
  }

  /** Sends a call that answers at the end of its run, and plays the run meanwhile. */
  async function during<Result>(
    call: () => Promise<Result>,
    play: (worker: ScriptedWorker) => Promise<void>,
  ) {
    const [before] = await gateway.store.newestRuns('acme', 1);
    const answer = call();
    const worker = new ScriptedWorker(gateway.store, await newestRun(before));
    await play(worker);
    return { answer: await answer, run: worker.run };
  }

  describe('chat', () => {
    it('answers a message with the words of the agent', async () => {
      const { answer, run } = await during(
        () => gateway.call('POST /chat', { body: { message: 'hello' } }),
        async (worker) => {
          await worker.useTools('c1');
          await worker.succeed('Hello to you.');
        },
      );
      expect(answer.status).toBe(200);
      expect(answer.json).toEqual({
        ...{ thread_id: expect.stringMatching(/^[0-9a-f-]{36}$/), run_id: run },
        ...{ agent: 'lumina', answer: 'Hello to you.' },
      });
    });

    it('answers a failed run with its code, and the run to ask about', async () => {
      const { answer, run } = await during(
        () => gateway.call('POST /chat', { body: { message: 'hello' } }),
        (worker) => worker.fail('LUM_MODEL_UNAVAILABLE', 'No model answered.'),
      );
      expect(answer.status).toBe(502);
      expect(answer.json).toMatchObject({
        ...{ code: 'LUM_MODEL_UNAVAILABLE', status: 502, detail: `No model answered. (run ${run})` },
      });
    });

    it('answers a failure of an unknown code as internal', async () => {
      const { answer } = await during(
        () => gateway.call('POST /chat', { body: { message: 'hello' } }),
        (worker) => worker.fail('SOME_OTHER', 'Odd.'),
      );
      expect(answer).toMatchObject({ status: 500, json: { code: 'LUM_INTERNAL' } });
    });

    it('makes one run of one key, and answers each sending alike', async () => {
      const headers = { 'idempotency-key': 'chat-once' };
      const send = () => gateway.call('POST /chat', { body: { message: 'once' }, headers });
      const { answer } = await during(
        () => Promise.all([send(), send(), send()]),
        (worker) => worker.succeed('Once.'),
      );
      expect(new Set(answer.map(({ text }) => text)).size).toBe(1);
      expect((await send()).text).toBe(answer[0]?.text);
      const other = await gateway.call('POST /chat', { body: { message: 'twice' }, headers });
      expect(other).toMatchObject({ status: 422, json: { code: 'LUM_IDEMPOTENCY_MISMATCH' } });
    });

    it('does not wait for a client that has left', async () => {
      const leaving = new AbortController();
      const [before] = await gateway.store.newestRuns('acme', 1);
      const call = gateway.call('POST /chat', { body: { message: 'bye' }, signal: leaving.signal });
      const worker = new ScriptedWorker(gateway.store, await newestRun(before));
      const { feed } = gateway.app.get<{ feed: { listenerCount: number } }>(STREAMS);
      await eventually('it waits', () => feed.listenerCount === 1);
      leaving.abort();
      await expect(call).rejects.toThrow();
      await eventually('nobody waits', () => feed.listenerCount === 0);
      await worker.succeed('To nobody.');
    });
  });

  describe('threads', () => {
    it('are created, shown, and hold the state that runs leave', async () => {
      const created = await gateway.call('POST /threads', { body: { metadata: { project: 'x' } } });
      const thread = String(created.json['thread_id']);
      expect(created.json).toMatchObject({ status: 'idle', values: null, metadata: { project: 'x' } });
      await during(
        () => gateway.call(`POST /threads/${thread}/runs/wait`, { body: { input } }),
        (worker) => worker.succeed('Hello.'),
      );
      expect((await gateway.call(`GET /threads/${thread}`)).json).toMatchObject({
        ...{ thread_id: thread, status: 'idle', values: { messages: [{ type: 'human' }, { type: 'ai' }] } },
      });
      expect((await gateway.call(`GET /threads/${thread}/state`)).json).toMatchObject({
        ...{ next: [], values: { messages: [{ content: 'hello' }, { content: 'Hello.' }] } },
      });
    });

    it('of one id are created once, or found again where that is asked for', async () => {
      const body = { thread_id: '88888888-8888-4888-8888-888888888888' };
      expect((await gateway.call('POST /threads', { body })).status).toBe(200);
      expect(await gateway.call('POST /threads', { body })).toMatchObject({
        ...{ status: 409, json: { code: 'LUM_THREAD_EXISTS' } },
      });
      const again = { ...body, if_exists: 'do_nothing' };
      expect((await gateway.call('POST /threads', { body: again })).status).toBe(200);
      expect((await gateway.call('POST /threads', { body: again, key: keys.rival })).status).toBe(409);
    });
  });

  describe('runs', () => {
    it('in the background are created, shown, listed and explained', async () => {
      const thread = await newThread();
      const created = await gateway.call(`POST /threads/${thread}/runs`, { body: { input } });
      const run = String(created.json['run_id']);
      expect(created.json).toMatchObject({ thread_id: thread, status: 'running' });
      expect(created.headers.get('content-location')).toBe(`/threads/${thread}/runs/${run}`);
      const second = await gateway.call(`POST /threads/${thread}/runs`, { body: { input } });
      expect(second.json).toMatchObject({ status: 'pending' });
      const list = await gateway.call(`GET /threads/${thread}/runs`);
      expect(list.json).toMatchObject([{ run_id: second.json['run_id'] }, { run_id: run }]);
      expect((await gateway.call(`GET /runs/${String(second.json['run_id'])}/explain`)).json).toMatchObject({
        ...{ status: 'queued', waits_for: { what: `run ${run} of the same thread` } },
      });
      await new ScriptedWorker(gateway.store, run).succeed('One.');
      expect((await gateway.call(`GET /threads/${thread}/runs/${run}`)).json).toMatchObject({
        status: 'success',
      });
      const queued = new ScriptedWorker(gateway.store, String(second.json['run_id']));
      await queued.fail('LUM_STEP_LIMIT', 'too many');
      expect((await gateway.call(`GET /threads/${thread}`)).json).toMatchObject({ status: 'error' });
    });

    it('are refused on a busy thread where that is asked for', async () => {
      const thread = await newThread();
      const body = { input, multitask_strategy: 'reject' };
      const { json } = await gateway.call(`POST /threads/${thread}/runs`, { body });
      expect(await gateway.call(`POST /threads/${thread}/runs`, { body })).toMatchObject({
        ...{ status: 422, json: { code: 'LUM_THREAD_BUSY' } },
      });
      await new ScriptedWorker(gateway.store, String(json['run_id'])).succeed('Free again.');
      expect((await gateway.call(`POST /threads/${thread}/runs`, { body })).status).toBe(200);
    });

    it('may make their thread, where that is asked for', async () => {
      const body = { input, if_not_exists: 'create', metadata: { by: 'run' } };
      const { json } = await gateway.call(`POST /threads/${nowhere.replace(/7/g, '9')}/runs`, { body });
      expect((await gateway.call(`GET /threads/${String(json['thread_id'])}`)).json).toMatchObject({
        ...{ metadata: { by: 'run' }, status: 'busy' },
      });
    });

    it('that are waited for answer with their values or their failure, alive meanwhile', async () => {
      const thread = await newThread();
      const wait = () => gateway.call(`POST /threads/${thread}/runs/wait`, { body: { input } });
      const slow = await during(wait, async (worker) => {
        await new Promise((resolve) => setTimeout(resolve, 350));
        await worker.succeed('Slowly.');
      });
      expect(slow.answer.text).toMatch(/^\n/);
      expect(slow.answer.json).toMatchObject({ messages: [{ type: 'human' }, { content: 'Slowly.' }] });
      const failed = await during(wait, (worker) => worker.fail('LUM_COST_LIMIT', 'too dear'));
      expect(failed.answer.json).toEqual({ __error__: { error: 'LUM_COST_LIMIT', message: 'too dear' } });
    });
  });

  describe('what cannot be served', () => {
    it.each([
      ['POST /chat', '{"message": ', { status: 400, code: 'LUM_BAD_REQUEST' }],
      ['POST /chat', '[]', { status: 422, code: 'LUM_VALIDATION_FAILED' }],
      ['POST /chat', '{}', invalid('message')],
      ['POST /chat', '{"message":1,"thread_id":2,"agent":3}', invalid('message', 'thread_id', 'agent')],
      ['POST /chat', '{"message":"hi","agent":"nobody"}', { status: 404, code: 'LUM_AGENT_NOT_FOUND' }],
      ['POST /threads', '{"thread_id":"x"}', invalid('thread_id')],
      [`POST /threads/${nowhere}/runs`, '{}', invalid('input')],
      [`POST /threads/${nowhere}/runs/stream`, '{"input":{"messages":[]}}', invalid('input.messages')],
      ['GET /nope', undefined, { status: 404, code: 'LUM_ROUTE_NOT_FOUND' }],
      ['DELETE /chat', undefined, { status: 404, code: 'LUM_ROUTE_NOT_FOUND' }],
    ])('%s %s is answered with %j', async (route, body, { status, code, ...rest }) => {
      const answer = await gateway.call(route, { body });
      expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
      expect(answer.json).toMatchObject({ status, code, type: `urn:lumina:error:${code}` });
      const errors = answer.json['errors'] as { field: string; expected: string }[] | undefined;
      expect(errors?.map(({ field }) => field)).toEqual('fields' in rest ? rest.fields : undefined);
      expect(answer.status).toBe(status);
    });

    it('a body that is too large, or of another type', async () => {
      const large = await gateway.call('POST /chat', { body: { message: 'x'.repeat(20_000) } });
      expect(large).toMatchObject({ status: 413, json: { code: 'LUM_BODY_TOO_LARGE' } });
      const typed = await gateway.call('POST /chat', {
        body: '<a/>',
        headers: { 'content-type': 'text/xml' },
      });
      expect(typed).toMatchObject({ status: 415, json: { code: 'LUM_UNSUPPORTED_MEDIA_TYPE' } });
    });

    it('a key that cannot be one, whatever the route', async () => {
      const thread = await newThread();
      for (const route of ['POST /chat', `POST /threads/${thread}/runs`]) {
        const body = { message: 'hi', input };
        const answer = await gateway.call(route, { body, headers: { 'idempotency-key': 'x'.repeat(256) } });
        expect(answer.json).toMatchObject({
          code: 'LUM_VALIDATION_FAILED',
          errors: [{ field: 'Idempotency-Key' }],
        });
      }
    });

    it.each([
      `GET /threads/${nowhere}`,
      'GET /threads/x',
      `GET /threads/${nowhere}/state`,
      `GET /runs/${nowhere}/explain`,
    ])('%s does not exist, and is said so in plain text', async (route) => {
      const answer = await gateway.call(route);
      expect(answer.status).toBe(404);
      expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    });
  });

  it('says what it is, that it is ready, and how the system is', async () => {
    expect((await gateway.call('GET /ok', { key: '' })).json).toEqual({ ok: true });
    expect((await gateway.call('GET /info', { key: '' })).json).toMatchObject({ name: 'lumina' });
    expect((await gateway.call('GET /health/ready', { key: '' })).status).toBe(200);
    expect((await gateway.call('GET /health', { key: '' })).json).toMatchObject({
      status: 'degraded',
      redis_healthy: true,
    });
    expect((await gateway.call('GET /metrics', { key: '' })).text).toContain('process_cpu');
  });
});
