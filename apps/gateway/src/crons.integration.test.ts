import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type ThrowawayRedis, eventually, startRedis } from '@lumina/testing';
import { Redis } from 'ioredis';
import { register } from 'prom-client';
import { GatewayBench, keys } from './testing/gateway-bench';

const input = { messages: [{ role: 'user', content: 'hello' }] };
const everySecond = '* * * * * *';
const yearly = '0 0 1 1 *';

/** Schedules are minutes apart in life; here a sixth field makes them seconds. */
describe('crons', () => {
  let redis: ThrowawayRedis;
  let gateway: GatewayBench;
  let other: GatewayBench;
  let inspector: Redis;

  beforeAll(async () => {
    redis = await startRedis();
    inspector = new Redis(redis.url);
    gateway = await GatewayBench.start(redis.url);
    other = await another();
  });
  afterEach(async () => {
    for (const cron of await search()) await gateway.call(`DELETE /runs/crons/${cron}`);
  });
  afterAll(async () => {
    await gateway.stop();
    await other.stop();
    inspector.disconnect();
    await redis.stop();
  });

  /** One process has one register of metrics. */
  const another = (): Promise<GatewayBench> => {
    register.clear();
    return GatewayBench.start(redis.url);
  };
  const create = async (body: object, path = '/runs/crons') => {
    const answer = await gateway.call(`POST ${path}`, { body: { input, ...body } });
    return { ...answer, cron: String(answer.json['cron_id']) };
  };
  const search = async (body: object = {}, key?: string): Promise<readonly string[]> => {
    const { text } = await gateway.call('POST /runs/crons/search', { body, key });
    return (JSON.parse(text) as { cron_id: string }[]).map(({ cron_id: id }) => id);
  };
  const started = async (): Promise<readonly string[]> => gateway.store.newestRuns('acme', 100);

  it('start a run at each moment, and one only, whichever gateway hears of it', async () => {
    const before = (await started()).length;
    const { json, cron } = await create({ schedule: everySecond, metadata: { nightly: true } });
    expect(json).toMatchObject({
      ...{ schedule: everySecond, enabled: true, thread_id: null, on_run_completed: 'delete' },
      next_run_date: expect.stringMatching(/^20/),
    });
    const runs = await eventually(
      'two moments pass',
      async () => {
        const all = await started();
        return all.length >= before + 2 ? all : undefined;
      },
      15_000,
    );
    await gateway.call(`PATCH /runs/crons/${cron}`, { body: { enabled: false } });
    const run = await gateway.store.run(runs[0] ?? '');
    expect(run).toMatchObject({ tenant: 'acme', agent: 'lumina', about: { metadata: { nightly: true } } });
    expect(run?.after).toEqual({ forgetMs: expect.any(Number) });
    const threads = await Promise.all(runs.map(async (id) => (await gateway.store.run(id))?.thread));
    expect(new Set(threads).size).toBe(threads.length);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    const stopped = (await started()).length;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await started()).toHaveLength(stopped);
  });

  it('run in a thread where one is named, and are gone with it', async () => {
    const thread = String((await gateway.call('POST /threads', { body: {} })).json['thread_id']);
    const { json } = await create({ schedule: everySecond }, `/threads/${thread}/runs/crons`);
    expect(json['thread_id']).toBe(thread);
    await eventually(
      'a run starts there',
      async () => (await gateway.store.runsOfThread(thread)).length > 0,
      15_000,
    );
    expect(await search({ thread_id: thread })).toHaveLength(1);
    await inspector.del(`lum:{s0}:thread:${thread}`);
    await eventually(
      'the schedule ends',
      async () => (await search({ thread_id: thread })).length === 0,
      15_000,
    );
  });

  it('are found, counted, changed and removed', async () => {
    const { cron: one } = await create({ schedule: yearly, metadata: { n: 1 } });
    const { cron: two } = await create({ schedule: yearly, assistant_id: 'web-researcher', enabled: false });
    expect(await search()).toEqual([two, one]);
    expect(await search({ assistant_id: 'web-researcher' })).toEqual([two]);
    expect(await search({ enabled: true })).toEqual([one]);
    expect(await search({ metadata: { n: 1 } })).toEqual([one]);
    expect(await search({ limit: 1, offset: 1 })).toEqual([one]);
    expect((await gateway.call('POST /runs/crons/count', { body: {} })).text).toBe('2');
    const changed = await gateway.call(`PATCH /runs/crons/${one}`, {
      body: { schedule: '30 8 * * 1-5', timezone: 'Europe/Vienna', metadata: { n: 2 } },
    });
    expect(changed.json).toMatchObject({
      schedule: '30 8 * * 1-5',
      timezone: 'Europe/Vienna',
      metadata: { n: 2 },
    });
    expect(changed.json['payload']).toMatchObject({ input });
    expect((await gateway.call(`DELETE /runs/crons/${two}`)).status).toBe(204);
    expect((await gateway.call(`DELETE /runs/crons/${two}`)).status).toBe(404);
    expect(await search()).toEqual([one]);
  });

  it('are set anew from their records when BullMQ has lost them', async () => {
    const { cron } = await create({ schedule: yearly });
    const lost = await inspector.keys('lum:{q}:schedules:*');
    await inspector.del(...lost);
    const restarted = await another();
    const answer = await restarted.call('POST /runs/crons/search', { body: {} });
    expect(JSON.parse(answer.text)).toMatchObject([
      { cron_id: cron, next_run_date: expect.stringMatching(/^20/) },
    ]);
    await restarted.stop();
  });

  it.each([
    [{ schedule: 'now and then' }, 'schedule'],
    [{ schedule: '99 * * * *' }, 'schedule'],
    [{ schedule: yearly, timezone: 'Middle/Earth' }, 'timezone'],
    [{ schedule: yearly, end_time: 'soon' }, 'end_time'],
    [{ schedule: yearly, input: {} }, 'input'],
    [{ schedule: yearly, webhook: 'file:///etc/passwd' }, 'webhook'],
  ])('are refused where something does not fit: %j', async (body, field) => {
    const { status, json } = await create(body);
    expect([status, (json['errors'] as { field: string }[])[0]?.field]).toEqual([422, field]);
    expect(await search()).toEqual([]);
    expect(await inspector.keys('lum:{q}:schedules:repeat:*')).toEqual([]);
  });

  it("are each tenant's own", async () => {
    const { cron } = await create({ schedule: yearly });
    expect(await search({}, keys.rival)).toEqual([]);
    for (const [method, body] of [
      ['PATCH', { enabled: false }],
      ['DELETE', undefined],
    ] as const) {
      const answer = await gateway.call(`${method} /runs/crons/${cron}`, { key: keys.rival, body });
      expect(answer.status).toBe(404);
    }
    expect(await search()).toEqual([cron]);
  });
});
