import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ThrowawayRedis, startRedis } from '@lumina/testing';
import { Redis } from 'ioredis';
import { RedisAnswerCache } from './answer-cache';
import { keys } from './keys';

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url');

describe('answers that are kept', () => {
  let server: ThrowawayRedis;
  let redis: Redis;
  let nowMs: number;
  let cache: RedisAnswerCache;
  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.port, '127.0.0.1');
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
  beforeEach(async () => {
    await redis.flushall();
    nowMs = 1_000_000;
    cache = new RedisAnswerCache(redis, () => nowMs);
  });

  it('are found by their tenant and their question alone, until their time is up', async () => {
    await cache.put('acme', digest('a'), '{"content":"line\\nline"}', 1_000);
    expect(await cache.get('acme', digest('a'))).toBe('{"content":"line\\nline"}');
    expect(await cache.get('other', digest('a'))).toBeUndefined();
    expect(await cache.get('acme', digest('b'))).toBeUndefined();
    nowMs += 1_000;
    expect(await cache.get('acme', digest('a'))).toBeUndefined();
  });

  it('never are more than there are places, and are forgotten as a whole', async () => {
    const all = Array.from({ length: 3_000 }, (_one, index) => digest(`${index}`));
    await Promise.all(all.map((each) => cache.put('acme', each, '{}', 1_000)));
    expect(await redis.hlen(keys.answers('acme'))).toBeLessThanOrEqual(1_000);
    expect(await redis.pttl(keys.answers('acme'))).toBeGreaterThan(0);
    const found = await Promise.all(all.map((each) => cache.get('acme', each)));
    expect(found.filter((each) => each !== undefined).length).toBe(await redis.hlen(keys.answers('acme')));
  });

  it('are gone when they are dropped, and nothing else is', async () => {
    await cache.put('acme', digest('a'), '{"content":"a"}', 1_000);
    await cache.put('other', digest('a'), '{"content":"a"}', 1_000);
    await cache.drop('acme', digest('a'));
    expect(await cache.get('acme', digest('a'))).toBeUndefined();
    expect(await cache.get('other', digest('a'))).toBe('{"content":"a"}');
  });

  it('that are long are not kept', async () => {
    await cache.put('acme', digest('a'), 'x'.repeat(32_769), 1_000);
    expect(await cache.get('acme', digest('a'))).toBeUndefined();
  });
});
