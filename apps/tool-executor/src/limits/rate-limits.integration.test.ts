import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ThrowawayRedis, startRedis } from '@lumina/testing';
import { Redis } from 'ioredis';
import { MemoryRateLimits, type RateLimits } from './rate-limits';
import { RedisRateLimits } from './redis-rate-limits';

let redis: ThrowawayRedis;
const connections: Redis[] = [];
const connection = (): Redis => {
  const one = new Redis(redis.url);
  connections.push(one);
  return one;
};

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  for (const one of connections) one.disconnect();
  await redis.stop();
});

const perMs = 800;
let names = 0;

describe.each<[string, () => RateLimits]>([
  ['in memory', () => new MemoryRateLimits(Date.now)],
  ['in Redis', () => new RedisRateLimits(connection())],
])('rate limits %s', (_name, open) => {
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const bench = (calls = 3) => {
    const limits = open();
    const tenant = `tenant-${++names}`;
    const take = (call: string, more = {}) =>
      limits.take({ tenant, tool: 't', limit: { calls, perMs }, call, ...more });
    return { take, isAllowed: async (call: string, more = {}) => (await take(call, more)).isAllowed };
  };

  it('let as many pass as they say, and then say when there will be room', async () => {
    const { take } = bench();
    for (const call of ['a', 'b', 'c'])
      expect(await take(call)).toEqual({ isAllowed: true, retryAfterMs: 0 });
    const { isAllowed, retryAfterMs } = await take('d');
    expect(isAllowed).toBe(false);
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(retryAfterMs).toBeLessThanOrEqual(perMs);
    await pause(retryAfterMs + 20);
    expect((await take('d')).isAllowed).toBe(true);
  });

  it('count a call that is tried again once', async () => {
    const { isAllowed } = bench(1);
    expect([await isAllowed('a'), await isAllowed('a'), await isAllowed('b'), await isAllowed('a')]).toEqual([
      true,
      true,
      false,
      true,
    ]);
  });

  it('slide: no stretch of time sees more, wherever it begins', async () => {
    // Long enough that a machine that oversleeps by a second still looks while `b` counts and `a` does not.
    const slowMs = 3_000;
    const { take } = bench();
    const isAllowed = async (call: string): Promise<boolean> =>
      (await take(call, { limit: { calls: 2, perMs: slowMs } })).isAllowed;
    expect(await isAllowed('a')).toBe(true);
    await pause(slowMs / 2);
    expect([await isAllowed('b'), await isAllowed('c')]).toEqual([true, false]);
    await pause(slowMs / 2 + 40);
    expect([await isAllowed('c'), await isAllowed('d')]).toEqual([true, false]);
  });

  it('do not count what was refused', async () => {
    const { take, isAllowed } = bench(1);
    await take('a');
    for (let round = 0; round < 20; round++) await take(`r${round}`);
    await pause(perMs + 40);
    expect(await isAllowed('b')).toBe(true);
  });

  it('hold for each tenant and each tool apart', async () => {
    const { isAllowed } = bench(1);
    expect(await isAllowed('a')).toBe(true);
    expect(await isAllowed('b', { tool: 'other' })).toBe(true);
    expect(await isAllowed('c', { tenant: 'other' })).toBe(true);
    expect(await isAllowed('d')).toBe(false);
  });

  it('may be lowered while calls are counted', async () => {
    const { take } = bench(3);
    for (const call of ['a', 'b', 'c']) await take(call);
    const lowered = await take('d', { limit: { calls: 1, perMs } });
    expect(lowered.isAllowed).toBe(false);
    await pause(lowered.retryAfterMs + 40);
    expect((await take('d', { limit: { calls: 1, perMs } })).isAllowed).toBe(true);
  });
});

describe('rate limits in Redis', () => {
  it.each([1, 10, 100])('let exactly %i of 300 calls at once pass on two executors', async (calls) => {
    const [first, second] = [new RedisRateLimits(connection()), new RedisRateLimits(connection())];
    const limit = { calls, perMs: 60_000 };
    const passages = await Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        (index % 2 === 0 ? first : second).take({
          tenant: `burst-${calls}`,
          tool: 't',
          limit,
          call: `c${index}`,
        }),
      ),
    );
    expect(passages.filter((passage) => passage.isAllowed).length).toBe(calls);
  });

  it('leave nothing behind when nobody calls any more', async () => {
    const client = connection();
    await new RedisRateLimits(client).take({
      tenant: 'gone',
      tool: 't',
      limit: { calls: 1, perMs: 50 },
      call: 'a',
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await client.keys('*gone*')).toEqual([]);
  });

  it('let nothing pass that they cannot count', async () => {
    const away = new Redis({
      port: 1,
      lazyConnect: true,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    });
    away.on('error', () => undefined);
    const limits = new RedisRateLimits(away);
    await expect(
      limits.take({ tenant: 'x', tool: 't', limit: { calls: 1, perMs }, call: 'a' }),
    ).rejects.toThrow();
  });
});
