import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ThrowawayRedis, startRedis } from '@lumina/testing';
import { Redis } from 'ioredis';
import { MemoryRateLimits, type Passage, type RateLimits } from './rate-limits';
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
const waitOf = (passage: Passage): number => (passage.kind === 'refused' ? passage.retryAfterMs : 0);
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
      limits.take({ tenant, user: 'u', tool: 't', limit: { calls, perMs }, call, ...more });
    return {
      take,
      isAllowed: async (call: string, more = {}) => (await take(call, more)).kind === 'allowed',
    };
  };

  it('let as many pass as they say, and then say when there will be room', async () => {
    const { take } = bench();
    for (const call of ['a', 'b', 'c']) expect(await take(call)).toEqual({ kind: 'allowed' });
    const refused = await take('d');
    expect(refused).toMatchObject({ kind: 'refused', scope: 'user', calls: 3 });
    const retryAfterMs = waitOf(refused);
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(retryAfterMs).toBeLessThanOrEqual(perMs);
    await pause(retryAfterMs + 20);
    expect((await take('d')).kind).toBe('allowed');
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
      (await take(call, { limit: { calls: 2, perMs: slowMs } })).kind === 'allowed';
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

  it('hold for each user apart, and for all of a tenant together', async () => {
    const { isAllowed, take } = bench();
    const limit = { calls: 2, tenantCalls: 3, perMs: 60_000 };
    const of = (user: string) => ({ user, limit });
    expect([await isAllowed('a', of('u1')), await isAllowed('b', of('u1'))]).toEqual([true, true]);
    expect(await take('c', of('u1'))).toMatchObject({ kind: 'refused', scope: 'user', calls: 2 });
    expect(await isAllowed('d', of('u2'))).toBe(true);
    expect(await take('e', of('u2'))).toMatchObject({ kind: 'refused', scope: 'tenant', calls: 3 });
    expect(await isAllowed('d', of('u2'))).toBe(true);
  });

  it('take no place at the one where the other refuses', async () => {
    const { isAllowed } = bench();
    const of = (user: string, tenantCalls: number) => ({
      user,
      limit: { calls: 1, tenantCalls, perMs: 60_000 },
    });
    expect(await isAllowed('a', of('u1', 2))).toBe(true);
    for (let round = 0; round < 9; round++) expect(await isAllowed(`r${round}`, of('u1', 2))).toBe(false);
    expect(await isAllowed('b', of('u2', 2))).toBe(true);
    expect(await isAllowed('c', of('u3', 2))).toBe(false);
    expect(await isAllowed('c', of('u3', 3))).toBe(true);
  });

  it('let ten users of a tenant use a tool as much as one may, unless told', async () => {
    const { isAllowed } = bench();
    const passed = [];
    for (let user = 0; user < 12; user++)
      passed.push(await isAllowed(`c${user}`, { user: `u${user}`, limit: { calls: 1, perMs: 60_000 } }));
    expect(passed.filter(Boolean)).toHaveLength(10);
  });

  it('count all who are not named as one', async () => {
    const { isAllowed } = bench(1);
    expect([await isAllowed('a', { user: undefined }), await isAllowed('b', { user: undefined })]).toEqual([
      true,
      false,
    ]);
  });

  it('may be lowered while calls are counted', async () => {
    const { take } = bench(3);
    for (const call of ['a', 'b', 'c']) await take(call);
    const lowered = await take('d', { limit: { calls: 1, perMs } });
    expect(lowered.kind).toBe('refused');
    await pause(waitOf(lowered) + 40);
    expect((await take('d', { limit: { calls: 1, perMs } })).kind).toBe('allowed');
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
          user: 'u',
          tool: 't',
          limit,
          call: `c${index}`,
        }),
      ),
    );
    expect(passages.filter(({ kind }) => kind === 'allowed').length).toBe(calls);
  });

  it('let exactly what a tenant may of 300 calls at once by thirty users on two executors', async () => {
    const executors = [new RedisRateLimits(connection()), new RedisRateLimits(connection())];
    const limit = { calls: 5, tenantCalls: 60, perMs: 60_000 };
    const passages = await Promise.all(
      Array.from({ length: 300 }, async (_, index) => {
        const user = `u${index % 30}`;
        const given = { tenant: 'crowd', user, tool: 't', limit, call: `c${index}` };
        return { user, passage: await executors[index % 2]?.take(given) };
      }),
    );
    const allowed = passages.filter(({ passage }) => passage?.kind === 'allowed').map(({ user }) => user);
    expect(allowed).toHaveLength(60);
    for (const user of new Set(allowed))
      expect(allowed.filter((one) => one === user).length).toBeLessThanOrEqual(5);
  });

  it('leave nothing behind when nobody calls any more', async () => {
    const client = connection();
    await new RedisRateLimits(client).take({
      tenant: 'gone',
      user: 'u',
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
      limits.take({ tenant: 'x', user: 'u', tool: 't', limit: { calls: 1, perMs }, call: 'a' }),
    ).rejects.toThrow();
  });
});
