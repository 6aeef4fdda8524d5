import { askItem, callItem, stepItem } from '@lumina/contracts';
import { type ThrowawayRedis, startRedis } from '@lumina/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { keyPrefix, keys } from './keys';
import { WorkSurveyor } from './work-survey';

describe('a survey of the work that lies open', () => {
  let server: ThrowawayRedis;
  let redis: Redis;
  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis({ port: server.port, replyMapping: 'legacy' });
  });
  beforeEach(() => redis.flushall());
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  const due = (run: string, item: string, inMs: number) =>
    redis.zadd(keys.due, Date.now() + inMs, `${run}|${item}`);

  it('finds nothing where nothing is', async () => {
    expect(await new WorkSurveyor(redis).look()).toEqual({
      openItems: { step: 0, call: 0, ask: 0, budget: 0, child: 0 },
      oldestQuestionMs: { ask: 0, budget: 0 },
      overdueMs: 0,
      activeThreads: 0,
      isWhole: true,
    });
  });

  it('counts items by kind, and threads by their tenants', async () => {
    await due('r1', stepItem(1), 5_000);
    await due('r2', callItem(1, 0), 5_000);
    await due('r2', callItem(1, 1), 5_000);
    await redis.hset(`${keyPrefix}load`, { acme: 2, 'acme|lumina': 2, other: 1, 'other|lumina': 1, gone: 0 });
    expect(await new WorkSurveyor(redis).look()).toMatchObject({
      openItems: { step: 1, call: 2 },
      activeThreads: 3,
      overdueMs: 0,
    });
  });

  it('tells how long nobody has looked at what is due', async () => {
    await due('r1', stepItem(1), -60_000);
    const { overdueMs } = await new WorkSurveyor(redis).look();
    expect(overdueMs).toBeGreaterThanOrEqual(60_000);
    expect(overdueMs).toBeLessThan(120_000);
  });

  it('tells how long the oldest question to a person has waited', async () => {
    await due('r1', askItem(1, 0), 3_600_000);
    await due('r2', askItem(1, 0), 3_600_000);
    await redis.hset(keys.run('r1'), 'updated', Date.now() - 900_000);
    await redis.hset(keys.run('r2'), 'updated', Date.now() - 5_000);
    const { oldestQuestionMs } = await new WorkSurveyor(redis).look();
    expect(oldestQuestionMs.ask).toBeGreaterThanOrEqual(900_000);
    expect(oldestQuestionMs.ask).toBeLessThan(960_000);
    expect(oldestQuestionMs.budget).toBe(0);
  });

  it('stops looking where there is too much, and says so', async () => {
    const members = Array.from({ length: 60_000 }, (_one, index) => [
      Date.now() + 60_000,
      `r${index}|step:1`,
    ]);
    await redis.zadd(keys.due, ...members.flat());
    const { openItems, isWhole } = await new WorkSurveyor(redis).look();
    expect(isWhole).toBe(false);
    expect(openItems.step).toBeGreaterThanOrEqual(50_000);
    expect(openItems.step).toBeLessThan(60_000);
  });
});
