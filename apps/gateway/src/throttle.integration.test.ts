import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ThrowawayRedis, eventually, startRedis } from '@lumina/testing';
import { Redis } from 'ioredis';
import { GatewayBench } from './testing/gateway-bench';

const plans = `
plans:
  small:
    perKey: { writesPerMinute: 5, readsPerMinute: 40, openStreams: 2 }
    perTenant: { writesPerMinute: 8, openStreams: 3 }
  wide:
    perTenant: { readsPerMinute: 100000 }
tenants:
  a: { plan: small }
  b: { plan: small }
  c: { plan: small }
  d: { plan: small }
  e: { plan: small }
  wide: { plan: wide }
`;
/** Each test has a tenant of its own, so that none waits for a window to end. */
const tenants = ['a', 'b', 'c', 'd', 'e', 'wide', 'unnamed'];
const keyOf = (tenant: string, n = 1): string => `${tenant}-key-000${n}`;

describe('throttling', () => {
  let redis: ThrowawayRedis;
  let client: Redis;
  let folder: string;
  let gateways: readonly [GatewayBench, GatewayBench];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lumina-plans-'));
    const shipped = await readFile(resolve(__dirname, '../../../lumina.yaml'), 'utf8');
    await writeFile(join(folder, 'lumina.yaml'), shipped + plans);
    redis = await startRedis();
    client = new Redis(redis.url);
    const env = {
      LUMINA_CONFIG: join(folder, 'lumina.yaml'),
      LUMINA_API_KEYS: tenants
        .flatMap((one) => [`${keyOf(one)}:${one}`, `${keyOf(one, 2)}:${one}`])
        .join(','),
    };
    gateways = [await GatewayBench.start(redis.url, env), await GatewayBench.start(redis.url, env)];
  });
  afterAll(async () => {
    for (const gateway of gateways) await gateway.stop();
    client.disconnect();
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** The same call many times at once, each gateway in turn. */
  const flood = (count: number, route: string, call = {}) =>
    Promise.all(
      Array.from({ length: count }, (_, index) => gateways[index % 2 === 0 ? 0 : 1].call(route, call)),
    );
  const passed = (answers: Awaited<ReturnType<typeof flood>>) =>
    answers.filter((answer) => answer.status === 200).length;

  it('lets exactly as many pass as the key may, over all gateways', async () => {
    expect(passed(await flood(120, 'GET /v1/models', { key: keyOf('a') }))).toBe(40);
    // Another key of the tenant has a window of its own.
    expect(passed(await flood(3, 'GET /v1/models', { key: keyOf('a', 2) }))).toBe(3);
  });

  it('lets exactly as many pass as the tenant may with all its keys', async () => {
    const first = await flood(6, 'POST /threads', { body: {}, key: keyOf('b') });
    const second = await flood(6, 'POST /threads', { body: {}, key: keyOf('b', 2) });
    expect([passed(first), passed(second)]).toEqual([5, 3]);
    expect(second.find((answer) => answer.status === 429)?.json['detail']).toContain('tenant b');
  });

  it('counts each run of a batch', async () => {
    const batch = (length: number) => ({
      key: keyOf('c'),
      body: Array.from({ length }, () => ({ input: { messages: 'hi' } })),
    });
    const [gateway] = gateways;
    expect((await gateway.call('POST /runs/batch', batch(6)))?.status).toBe(429);
    expect((await gateway.call('POST /runs/batch', batch(4)))?.status).toBe(200);
    expect((await gateway.call('POST /runs/batch', batch(2)))?.status).toBe(429);
    expect((await gateway.call('POST /threads', { body: {}, key: keyOf('c') }))?.status).toBe(200);
  });

  it('says what is left, when it turns, and in the form of each API that it was too much', async () => {
    const answers = [];
    for (let index = 0; index < 6; index += 1)
      answers.push((await flood(1, 'POST /threads', { body: {}, key: keyOf('d') }))[0]);
    expect(answers[1]?.headers.get('ratelimit-policy')).toBe('"key-write";q=5;w=60, "tenant-write";q=8;w=60');
    expect(answers[1]?.headers.get('ratelimit')).toMatch(/^"key-write";r=3;t=(60|59), "tenant-write";r=6;t=/);
    const refused = answers[5];
    expect(refused).toMatchObject({
      status: 429,
      json: { code: 'LUM_RATE_LIMITED', title: 'Too many requests' },
    });
    const wait = Number(refused?.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(50);
    expect(wait).toBeLessThanOrEqual(60);
    const body = { input: 'hello', messages: [{ role: 'user', content: 'hello' }] };
    for (const route of ['POST /v1/responses', 'POST /v1/chat/completions']) {
      const answer = await gateways[0].call(route, { body, key: keyOf('d') });
      expect(answer).toMatchObject({
        ...{ status: 429, json: { error: { type: 'rate_limit_error', code: 'LUM_RATE_LIMITED' } } },
      });
      expect(answer.headers.get('x-should-retry')).toBe('true');
      expect(Number(answer.headers.get('retry-after-ms'))).toBeGreaterThan(50_000);
    }
  });

  it('asks Redis about one request in many while there is much left, and gives back what it does not use', async () => {
    const before = await commandsOf(client);
    for (let index = 0; index < 200; index += 1)
      await gateways[0].call('GET /assistants/lumina', { key: keyOf('wide') });
    const asked = (await commandsOf(client)) - before;
    expect(asked).toBeLessThanOrEqual(3);
    await eventually('what is not used is back', async () => {
      const [window = ''] = await client.keys('lum:permits:*:wide:read*');
      return (await client.hget(window, 'out')) === '200';
    });
  });

  it('holds streams to as many as the key and the tenant may have, wherever they are open, and lets others in when one ends', async () => {
    const { json } = await gateways[0].call('POST /threads', { body: {}, key: keyOf('e') });
    const route = `POST /threads/${String(json['thread_id'])}/stream/events`;
    const open = async (gateway: GatewayBench, key = keyOf('e')) => {
      const leaving = new AbortController();
      const body = { channels: ['values'] };
      const response = await gateway.fetch(route, { key, body, signal: leaving.signal });
      if (response.status !== 200) leaving.abort();
      return { status: response.status, leave: () => leaving.abort() };
    };
    const held = [await open(gateways[0]), await open(gateways[1])];
    expect(held.map(({ status }) => status)).toEqual([200, 200]);
    expect((await open(gateways[0])).status).toBe(429);
    const third = await open(gateways[1], keyOf('e', 2));
    expect(third.status).toBe(200);
    expect((await open(gateways[0], keyOf('e', 2))).status).toBe(429);
    held[0]?.leave();
    const again = await eventually('there is room', async () => {
      const stream = await open(gateways[1]);
      return stream.status === 200 ? stream : undefined;
    });
    for (const { leave } of [...held, third, again]) leave();
    await eventually('none is counted', async () => (await client.keys('lum:streams:*')).length === 0);
  });

  it('does not hold static keys to a plan that nobody named', async () => {
    const answer = await gateways[0].call('GET /v1/models', { key: keyOf('unnamed') });
    expect(answer.headers.get('ratelimit')).toBeNull();
  });
});

/** Scripts and others that Redis has been sent; its own bookkeeping aside. */
async function commandsOf(client: Redis): Promise<number> {
  const stats = await client.info('commandstats');
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}
