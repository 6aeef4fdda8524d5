import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SettingsError, parseSettings, redisSettings } from '@lumina/platform';
import { type ThrowawayRedis, eventually, startRedis } from '@lumina/testing';
import { storeSettings } from './store-settings';
import { StoreAccess } from './store-access';
import { newRun } from './testing/fixtures';

const settingsOf = (env: Record<string, string>) =>
  parseSettings({ ...redisSettings, ...storeSettings }, env);

describe('StoreAccess', () => {
  let redis: ThrowawayRedis;
  let access: StoreAccess;
  let errors: unknown[];

  beforeEach(async () => {
    redis = await startRedis();
    errors = [];
    const settings = settingsOf({
      LUMINA_REDIS_URL: redis.url,
      LUMINA_LEASE: '6s',
      LUMINA_STORE_DEADLINE: '1s',
    });
    access = new StoreAccess(settings, (error) => errors.push(error));
  });
  afterEach(async () => {
    access.close();
    await redis.stop();
  });

  const connected = () => eventually('it is connected', () => access.fault() === undefined);

  it('opens a store that keeps runs, with the times of the settings', async () => {
    expect(access.fault()).toMatch(/^not connected \(/);
    await connected();
    await access.store.putAgent('d1', '{}');
    expect(await access.store.create(newRun('r1'))).toMatchObject({ kind: 'created' });
    await access.confirm();
    expect(await access.read.exists('lum:{s0}:run:r1')).toBe(1);
    expect(access.leaseTimes).toEqual({ leaseMs: 6_000, renewEveryMs: 2_000, gatherMs: 25 });
    expect(errors).toEqual([]);
  });

  it('gives each blocking reader a connection of its own, which it closes itself', async () => {
    await connected();
    const [one, other] = [access.blocking(), access.blocking()];
    const waiting = one.blpop('nothing', 1);
    expect(await other.ping()).toBe('PONG');
    expect(await waiting).toBeNull();
    access.close();
    expect(await other.ping()).toBe('PONG');
    one.disconnect();
    other.disconnect();
  });

  it('says where the queues are, without a limit to how long they wait', () => {
    expect(access.queueConnection()).toMatchObject({
      ...{ host: '127.0.0.1', port: redis.port, maxRetriesPerRequest: null },
    });
  });

  it('says that it is not connected while Redis is away, and comes back by itself', async () => {
    await connected();
    await redis.stop();
    await eventually('the fault is seen', () => access.fault() !== undefined);
    await eventually('the errors are told', () => errors.length > 0);
    redis = await startRedis([], redis.port);
    await connected();
  });

  it('stays closed', async () => {
    await connected();
    access.close();
    await eventually('it is closed', () => access.fault() === 'not connected (end)');
  });

  it.each<[string, Record<string, string>]>([
    ['no Redis', {}],
    ['two', { LUMINA_REDIS_URL: 'redis://127.0.0.1:1', LUMINA_REDIS_SENTINELS: '127.0.0.1:2' }],
  ])('refuses settings that name %s', (_, env) => {
    expect(() => new StoreAccess(settingsOf(env), () => undefined)).toThrow(SettingsError);
  });
});
