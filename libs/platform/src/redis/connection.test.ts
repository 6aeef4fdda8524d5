import { afterEach, describe, expect, it } from '@jest/globals';
import { type ThrowawayRedis, eventually, startRedis } from '@lumina/testing';
import { SettingsError, parseSettings } from '../config';
import { type ConnectionPurpose, connectRedis, redisOptions } from './connection';
import { redisSettings, redisTarget } from './target';

const targetOf = (env: Record<string, string>) => redisTarget(parseSettings(redisSettings, env));
const purposes: readonly ConnectionPurpose[] = ['write', 'read', 'block', 'queue'];

describe('redisTarget', () => {
  it('takes a URL, and a password beside it', () => {
    const url = 'redis://127.0.0.1:7000/2';
    expect(targetOf({ LUMINA_REDIS_URL: url })).toEqual({ kind: 'url', url, password: undefined });
    expect(targetOf({ LUMINA_REDIS_URL: url, LUMINA_REDIS_PASSWORD: 's' })).toMatchObject({ password: 's' });
  });

  it('takes Sentinels, IPv6 among them', () => {
    const env = {
      LUMINA_REDIS_SENTINELS: 'a.example:26379,[::1]:26380',
      LUMINA_REDIS_SENTINEL_PASSWORD: 'p',
    };
    expect(targetOf(env)).toEqual({
      kind: 'sentinel',
      sentinels: [
        { host: 'a.example', port: 26_379 },
        { host: '::1', port: 26_380 },
      ],
      master: 'lumina',
      password: undefined,
      sentinelPassword: 'p',
    });
  });

  it.each([
    ['neither', {}],
    ['both', { LUMINA_REDIS_URL: 'redis://127.0.0.1', LUMINA_REDIS_SENTINELS: 'a:1' }],
  ])('refuses %s', (_, env) => {
    expect(() => targetOf(env)).toThrow(SettingsError);
    expect(() => targetOf(env)).toThrow(/LUMINA_REDIS_URL.*LUMINA_REDIS_SENTINELS/s);
  });
});

describe('redisOptions', () => {
  const of = (url: string, password?: string) => redisOptions({ kind: 'url', url, password }, 'read');

  it('reads host, port and database from the URL', () => {
    expect(of('redis://db.example:7000/3')).toMatchObject({ host: 'db.example', port: 7_000, db: 3 });
    expect(of('redis://db.example')).toMatchObject({ port: 6_379, db: 0 });
    expect(of('redis://[::1]:7000')).toMatchObject({ host: '::1' });
  });

  it('decodes the user and the password, and prefers the password that stands apart', () => {
    expect(of('redis://us%40er:p%2Fw@h')).toMatchObject({ username: 'us@er', password: 'p/w' });
    expect(of('redis://user:url@h', 'apart')).toMatchObject({ password: 'apart' });
    expect(of('redis://h')).not.toHaveProperty('password');
    expect(of('redis://h')).not.toHaveProperty('username');
  });

  it('checks certificates with rediss', () => {
    expect(of('rediss://h').tls).toEqual({ rejectUnauthorized: true, minVersion: 'TLSv1.2' });
    expect(of('redis://h')).not.toHaveProperty('tls');
  });

  it('goes through Sentinels by the name of the master', () => {
    const target = { kind: 'sentinel', sentinels: [{ host: 'a', port: 1 }], master: 'm' } as const;
    expect(
      redisOptions({ ...target, password: undefined, sentinelPassword: undefined }, 'queue'),
    ).toMatchObject({
      sentinels: [{ host: 'a', port: 1 }],
      name: 'm',
    });
    expect(redisOptions({ ...target, password: 'p', sentinelPassword: 's' }, 'queue')).toMatchObject({
      password: 'p',
      sentinelPassword: 's',
    });
  });

  it.each(purposes)('for %s: gives up a silent connection, but never the server', (purpose) => {
    const options = redisOptions({ kind: 'url', url: 'redis://h', password: undefined }, purpose);
    expect(options.socketTimeout).toBeGreaterThan(2_000);
    expect(options.retryStrategy?.(1_000)).toBe(100);
    expect(options.sentinelRetryStrategy?.(1_000)).toBe(20);
    expect(options.sentinelReconnectStrategy?.(1_000)).toBe(500);
  });

  it.each([
    ['write', 1],
    ['read', 2],
    ['block', 2],
    ['queue', 2],
  ] as const)('for %s: leaves a server that is no master any more', (purpose, then) => {
    const { reconnectOnError } = redisOptions(
      { kind: 'url', url: 'redis://h', password: undefined },
      purpose,
    );
    for (const message of ['READONLY You cannot', 'LOADING Redis is', 'MASTERDOWN Link']) {
      expect(reconnectOnError?.(new Error(message))).toBe(then);
    }
    expect(reconnectOnError?.(new Error('ERR READONLY'))).toBe(false);
    expect(reconnectOnError?.(new Error('READONLYX'))).toBe(false);
  });

  it('for write: never sends again by itself, nor keeps for later', () => {
    const options = redisOptions({ kind: 'url', url: 'redis://h', password: undefined }, 'write');
    expect(options).toMatchObject({ autoResendUnfulfilledCommands: false, enableOfflineQueue: false });
  });
});

describe('connectRedis', () => {
  let server: ThrowawayRedis;
  afterEach(async () => {
    await server.stop();
  });

  it('tells of broken connections and comes back by itself', async () => {
    server = await startRedis();
    const errors: Error[] = [];
    const target = { kind: 'url', url: server.url, password: undefined } as const;
    const redis = connectRedis(target, 'read', (error) => errors.push(error));
    expect(await redis.ping()).toBe('PONG');
    await server.stop();
    await eventually('the outage is told', () => errors.length > 0);
    server = await startRedis([], server.port);
    expect(await redis.ping()).toBe('PONG');
    redis.disconnect();
  });
});
