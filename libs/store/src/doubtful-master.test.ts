import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ThrowawayRedis, eventually, startRedis } from '@lumina/testing';
import type { Redis } from 'ioredis';
import { type Durability, DurableWriter } from './durable-writer';
import { keyPrefix, keys } from './keys';
import { RedisRunStore } from './redis-run-store';
import { connected } from './testing/connection';
import { newRun } from './testing/fixtures';

describe('a master in doubt', () => {
  let server: ThrowawayRedis;
  let replica: ThrowawayRedis;
  let redis: Redis;
  let trust: () => boolean;
  const durability = { replicas: 1, waitMs: 500, deadlineMs: 5_000 };
  const writing = (change: Partial<Durability> = {}): DurableWriter =>
    new DurableWriter(redis, { ...durability, ...change }, () => trust());

  beforeAll(async () => {
    server = await startRedis(['--repl-diskless-sync-delay', '0']);
    replica = await startRedis(['--replicaof', '127.0.0.1', String(server.port)]);
    redis = await connected(server.port, 'write');
    await eventually('the replica follows', async () => Number(await redis.call('WAIT', 1, 100)) === 1);
  });
  beforeEach(() => redis.flushall());
  afterAll(async () => {
    redis.disconnect();
    await replica.stop();
    await server.stop();
  });

  const settled = async (promise: Promise<unknown>): Promise<boolean> => {
    const late = new Promise((resolve) => setTimeout(() => resolve('late'), 300));
    return (await Promise.race([promise, late])) !== 'late';
  };

  it('is not written to, and the write is answered when the doubt has gone', async () => {
    trust = () => false;
    const write = writing().confirm();
    expect(await settled(write)).toBe(false);
    expect(await redis.exists(keys.confirmed)).toBe(0);
    trust = () => true;
    await write;
    expect(await redis.exists(keys.confirmed)).toBe(1);
  });

  it('is not believed about what it was sent before the doubt', async () => {
    const answers = [true, false, false, false];
    trust = () => answers.shift() ?? true;
    await writing().confirm();
    expect(answers).toEqual([]);
  });

  it('makes a write fail as one that is not acknowledged when the doubt outlasts it', async () => {
    trust = () => false;
    await expect(writing({ deadlineMs: 200 }).confirm()).rejects.toMatchObject({
      code: 'LUM_STORE_UNAVAILABLE',
    });
  });

  it('is waited for longer with what workers have finished; what waits behind that hears in its own time', async () => {
    trust = () => false;
    const writer = writing({ deadlineMs: 200, patienceMs: 60_000 });
    const patient = writer.write('sweep', [keys.due, keys.sweeps], [keyPrefix, 10, 1, 1]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await expect(writer.confirm()).rejects.toMatchObject({ code: 'LUM_STORE_UNAVAILABLE' });
    expect(await settled(patient)).toBe(false);
    trust = () => true;
    expect(await patient).toEqual([]);
  });

  it('is believed about what is overdue: a sweep that were sent again would not hand that out again', async () => {
    trust = () => true;
    const store = new RedisRunStore(writing(), redis);
    await store.putAgent('d1', '{}');
    await store.create(newRun('r1'));
    await store.claim({ run: 'r1', item: 'step:1' }, 'w1', 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const nobodyConfirms = writing({ replicas: 5, waitMs: 10 });
    expect(await new RedisRunStore(nobodyConfirms, redis).sweep(10)).toMatchObject([{ run: 'r1' }]);
    await expect(writing({ replicas: 5, waitMs: 10, deadlineMs: 100 }).confirm()).rejects.toMatchObject({
      code: 'LUM_NOT_DURABLE',
    });
  });

  it('matters to nobody who promises no replicas: there is nothing to confirm', async () => {
    trust = () => true;
    await writing({ replicas: 0 }).confirm();
    expect(await redis.exists(keys.confirmed)).toBe(0);
  });
});
