import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ThrowawayRedis, startRedis } from '@lumina/testing';
import { Redis } from 'ioredis';
import { askPerson, question } from './testing/asking-worker';
import { GatewayBench, keys } from './testing/gateway-bench';
import { ScriptedWorker } from './testing/scripted-worker';

const input = { messages: [{ role: 'user', content: 'hello' }] };

describe('threads are found and removed', () => {
  let redis: ThrowawayRedis;
  let gateway: GatewayBench;
  let inspector: Redis;
  beforeAll(async () => {
    redis = await startRedis();
    inspector = new Redis(redis.url);
    gateway = await GatewayBench.start(redis.url);
  });
  beforeEach(async () => {
    for (const key of await inspector.keys('lum:{s0}:threads:*')) await inspector.del(key);
  });
  afterAll(async () => {
    await gateway.stop();
    inspector.disconnect();
    await redis.stop();
  });

  const create = async (metadata: object = {}, key?: string): Promise<string> =>
    String((await gateway.call('POST /threads', { body: { metadata }, key })).json['thread_id']);
  const start = async (thread: string): Promise<string> =>
    String((await gateway.call(`POST /threads/${thread}/runs`, { body: { input } })).json['run_id']);
  const find = async (body: object, key?: string) => {
    const { text } = await gateway.call('POST /threads/search', { body, key });
    return JSON.parse(text) as Record<string, unknown>[];
  };
  const ids = async (body: object, key?: string) =>
    (await find(body, key)).map((thread) => thread['thread_id']);

  it('by what goes on in them', async () => {
    const [idle, busy, waiting, failed] = [await create(), await create(), await create(), await create()];
    await start(busy);
    await askPerson(gateway.store, await start(waiting), [question(0)]);
    await new ScriptedWorker(gateway.store, await start(failed)).fail('LUM_STEP_LIMIT', 'too many');
    expect(await ids({ status: 'idle' })).toEqual([idle]);
    expect(await ids({ status: 'busy' })).toEqual([busy]);
    expect(await ids({ status: 'interrupted' })).toEqual([waiting]);
    expect(await ids({ status: 'error' })).toEqual([failed]);
    const count = await gateway.call('POST /threads/count', { body: { status: 'busy' } });
    expect(count.text).toBe('1');
    const said = { values: { messages: [{ content: 'hello' }] } };
    expect(await ids({ ...said, sort_by: 'status', sort_order: 'asc' })).toEqual([busy, failed, waiting]);
  });

  it('with the fields that are asked for, by any part of their metadata', async () => {
    const thread = await create({ deep: { team: { name: 'red' } }, tags: ['a', 'b'] });
    await create({ deep: { team: { name: 'blue' } } });
    expect(await find({ metadata: { deep: { team: { name: 'red' } } }, select: ['thread_id'] })).toEqual([
      { thread_id: thread },
    ]);
    expect(await ids({ metadata: { tags: ['b'] } })).toEqual([thread]);
    expect(await ids({ metadata: { absent: null } })).toEqual([]);
  });

  it("never among another tenant's", async () => {
    const thread = await create({ mark: 'x' });
    const foreign = await create({ mark: 'x' }, keys.rival);
    expect(await ids({ metadata: { mark: 'x' } })).toEqual([thread]);
    expect(await ids({ ids: [thread, foreign] })).toEqual([thread]);
    expect(await ids({ ids: [thread] }, keys.rival)).toEqual([]);
    const pruned = await gateway.call('POST /threads/prune', {
      body: { thread_ids: [thread] },
      key: keys.rival,
    });
    expect(pruned.json).toEqual({ pruned_count: 0 });
    expect(await ids({})).toEqual([thread]);
  });

  it('only as long as their metadata is of a size that an index can bear', async () => {
    const many = Object.fromEntries(Array.from({ length: 65 }, (_none, index) => [`f${index}`, index]));
    const created = await gateway.call('POST /threads', { body: { metadata: many } });
    expect(created).toMatchObject({ status: 422, json: { errors: [{ field: 'metadata' }] } });
    const { f64: last, ...most } = many;
    const thread = await create(most);
    const patched = await gateway.call(`PATCH /threads/${thread}`, { body: { metadata: { f64: last } } });
    expect(patched).toMatchObject({ status: 422, json: { errors: [{ field: 'metadata' }] } });
    expect(await ids({ metadata: { f63: 63 } })).toEqual([thread]);
  });

  it('removed while a run waits for a person, whole', async () => {
    const thread = await create({ mark: 'gone' });
    const run = await start(thread);
    await askPerson(gateway.store, run, [question(0)]);
    const queued = await start(thread);
    const removing = gateway.call(`DELETE /threads/${thread}`);
    expect((await removing).status).toBe(204);
    const left = await inspector.keys('*');
    expect(left.filter((key) => [thread, run, queued].some((id) => key.includes(id)))).toEqual([]);
    expect(await ids({ metadata: { mark: 'gone' } })).toEqual([]);
  });

  it('a key that may only read cancels nothing by leaving', async () => {
    const thread = await create();
    const run = await start(thread);
    for (const [key, isCancelled] of [
      [keys.reader, false],
      [keys.acme, true],
    ] as const) {
      const leaving = new AbortController();
      const path = `GET /threads/${thread}/runs/${run}/stream?cancel_on_disconnect=1`;
      const response = await gateway.fetch(path, { key, signal: leaving.signal });
      await response.body?.getReader().read();
      leaving.abort();
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect((await gateway.store.run(run))?.isCancelled).toBe(isCancelled);
    }
  });
});
