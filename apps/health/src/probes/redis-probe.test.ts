import { describe, expect, it } from '@jest/globals';
import { redisProbe } from './redis-probe';

const wellFields = {
  redis_version: '7.0.15',
  loading: '0',
  aof_last_write_status: 'ok',
  used_memory: '10485760',
  maxmemory: '0',
  maxmemory_policy: 'noeviction',
  role: 'master',
  connected_slaves: '0',
};

const infoOf = (fields: Partial<Record<keyof typeof wellFields, string>>): string =>
  [
    '# Server',
    ...Object.entries({ ...wellFields, ...fields }).map(([name, value]) => `${name}:${value}`),
  ].join('\r\n');

const fakeRedis = (info: string, status = 'ready') => {
  const asked: string[] = [];
  const answer = (command: string, reply: string) => async () => {
    asked.push(command);
    return reply;
  };
  return { asked, status, ping: answer('PING', 'PONG'), info: answer('INFO', info) };
};

const look = (redis: ReturnType<typeof fakeRedis>, replicas = 0, lastFault?: string) =>
  redisProbe(redis, { replicas, lastFault: () => lastFault }).run(new AbortController().signal);

describe('the redis probe', () => {
  it('is critical', () => {
    expect(redisProbe(fakeRedis(''), { replicas: 0, lastFault: () => undefined })).toMatchObject({
      name: 'redis',
      isCritical: true,
    });
  });

  it('finds a master that keeps what it is given', async () => {
    const redis = fakeRedis(infoOf({}));
    const { isHealthy, detail } = await look(redis);
    expect(isHealthy).toBe(true);
    expect(detail).toMatch(/^master, Redis 7\.0\.15, 10 MiB used, 0 replicas, PING \d+\.\d ms$/);
    expect(redis.asked).toEqual(['PING', 'INFO']);
  });

  it('asks nothing while there is no connection, and says why there is none', async () => {
    const redis = fakeRedis(infoOf({}), 'reconnecting');
    expect(await look(redis)).toEqual({ isHealthy: false, detail: 'not connected (reconnecting)' });
    expect((await look(redis, 0, 'connect ECONNREFUSED')).detail).toBe(
      'not connected (connect ECONNREFUSED)',
    );
    expect(redis.asked).toEqual([]);
  });

  it.each([
    [{ role: 'slave' }, 'the role is slave, not master: writes are refused'],
    [{ loading: '1' }, 'still loading its data'],
    [{ aof_last_write_status: 'err' }, 'the last write to the append-only file failed'],
    [{ used_memory: '95', maxmemory: '100' }, '95 % of maxmemory is used'],
  ])('finds fault with %j', async (fields, fault) => {
    const { isHealthy, detail } = await look(fakeRedis(infoOf(fields)));
    expect(isHealthy).toBe(false);
    expect(detail).toContain(fault);
  });

  it('bears memory just under the limit', async () => {
    const { isHealthy, detail } = await look(fakeRedis(infoOf({ used_memory: '94', maxmemory: '100' })));
    expect(isHealthy).toBe(true);
    expect(detail).toContain('94 % of maxmemory');
  });

  it('wants the replicas that an acknowledgement needs', async () => {
    expect(await look(fakeRedis(infoOf({})), 1)).toEqual({
      isHealthy: false,
      detail: '0 replicas are connected and 1 must hold a write before it is acknowledged',
    });
    expect((await look(fakeRedis(infoOf({ connected_slaves: '1' })), 1)).isHealthy).toBe(true);
  });

  it('remarks on a policy that drops data', async () => {
    const { isHealthy, detail } = await look(
      fakeRedis(infoOf({ maxmemory: '100000000', maxmemory_policy: 'allkeys-lru' })),
    );
    expect(isHealthy).toBe(true);
    expect(detail).toContain('maxmemory-policy allkeys-lru may drop runs');
  });

  it('names every fault at once', async () => {
    const { detail } = await look(fakeRedis(infoOf({ role: 'slave', loading: '1' })));
    expect(detail).toContain('slave');
    expect(detail).toContain('loading');
  });

  it('does not take an INFO without a role for a master', async () => {
    expect(await look(fakeRedis('garbage'))).toEqual({ isHealthy: false, detail: 'INFO tells no role' });
  });
});
