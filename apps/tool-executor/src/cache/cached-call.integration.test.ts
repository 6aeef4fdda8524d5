import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ThrowawayRedis, startRedis, startTcpProxy } from '@lumina/testing';
import { Redis } from 'ioredis';
import { type ToolResult, failure, ok } from '../tool';
import { type CachedCall, cachedCall } from './cached-call';
import { RedisResultCache } from './redis-result-cache';
import { MemoryResultCache, type ResultCache } from './result-cache';

let redis: ThrowawayRedis;
const connections: Redis[] = [];
const connection = (url = redis.url): Redis => {
  const one = new Redis(url);
  one.on('error', () => undefined);
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

let keys = 0;
const signal = new AbortController().signal;

describe.each<[string, () => readonly [ResultCache, ResultCache]]>([
  [
    'in memory',
    () => {
      const one = new MemoryResultCache(Date.now);
      return [one, one];
    },
  ],
  ['in Redis', () => [new RedisResultCache(connection()), new RedisResultCache(connection())]],
])('calls cached %s', (_name, open) => {
  const bench = (work: (round: number) => Promise<ToolResult>) => {
    const caches = open();
    const key = `key-${++keys}`;
    const counted: string[] = [];
    let worked = 0;
    let owners = 0;
    const call = (more: Partial<CachedCall> & { patienceMs?: number } = {}, executor = 0) => {
      const { patienceMs, ...given } = more;
      const options = {
        cache: caches[executor] ?? caches[0],
        count: (operation: string, result: string) => void counted.push(`${operation} ${result}`),
        ...(patienceMs === undefined ? {} : { patienceMs }),
      };
      const whole = {
        key,
        lifeMs: 10_000,
        timeoutMs: 5_000,
        owner: `o${++owners}`,
        signal,
        work: () => work(++worked),
      };
      return cachedCall({ ...whole, ...given }, options);
    };
    return { call, counted, worked: () => worked };
  };

  it('answer once by work, then from the cache, and say so', async () => {
    const { call, counted, worked } = bench(async () => ok('found'));
    expect(await call()).toEqual({ kind: 'ok', content: 'found' });
    expect(await call({}, 1)).toEqual({ kind: 'ok', content: 'found', isCached: true });
    expect([worked(), counted]).toEqual([1, ['get miss', 'set stored', 'get hit']]);
  });

  it('forget after their life', async () => {
    const { call, worked } = bench(async () => ok('found'));
    await call({ lifeMs: 60 });
    await pause(100);
    await call();
    expect(worked()).toBe(2);
  });

  it('keep no error', async () => {
    const { call, worked } = bench(async (round) => (round === 1 ? failure('unavailable', 'no') : ok('yes')));
    expect(await call()).toMatchObject({ kind: 'error' });
    expect(await call()).toEqual({ kind: 'ok', content: 'yes' });
    expect(worked()).toBe(2);
  });

  it('keep nothing huge', async () => {
    const { call, counted } = bench(async () => ok('x'.repeat(300_000)));
    await call();
    expect(counted).toEqual(['get miss', 'set too_large']);
  });

  it('do the work of fifty at once one single time, on two executors', async () => {
    const { call, counted, worked } = bench(async () => {
      await pause(150);
      return ok('found');
    });
    const results = await Promise.all(Array.from({ length: 50 }, (_, index) => call({}, index % 2)));
    expect(new Set(results.map((result) => (result.kind === 'ok' ? result.content : '')))).toEqual(
      new Set(['found']),
    );
    expect(worked()).toBe(1);
    expect(counted.filter((entry) => entry === 'get shared')).toHaveLength(49);
  });

  it('do not wait for one that failed', async () => {
    const { call, worked } = bench(async () => {
      await pause(100);
      return failure('unavailable', 'no');
    });
    const from = performance.now();
    await Promise.all([call(), call({}, 1), call({}, 1)]);
    expect(worked()).toBe(3);
    expect(performance.now() - from).toBeLessThan(10_000);
  });

  it('do not wait for longer than their patience, nor longer than their signal', async () => {
    // The first ends only when the others have been answered: were they to wait for it, nothing would end.
    const heldBack = () => {
      let letGo = (): void => {};
      const held = new Promise<void>((resolve) => (letGo = resolve));
      const made = bench(async (round) => {
        if (round === 1) await held;
        return ok(`${round}`);
      });
      return { ...made, letGo };
    };
    const { call, worked, letGo } = heldBack();
    const slow = call();
    await pause(50);
    expect(await call({ patienceMs: 200 }, 1)).toEqual({ kind: 'ok', content: '2' });
    expect(worked()).toBe(2);
    letGo();
    await slow;
    const stopped = heldBack();
    const first = stopped.call();
    await pause(50);
    await stopped.call({ signal: AbortSignal.timeout(50) }, 1);
    stopped.letGo();
    await first;
  });

  it('outlive one that died with the work in hand', async () => {
    const { call } = bench(async () => ok('found'));
    const [cache] = open();
    await cache.claim(`key-${keys}`, 'dead', 150);
    expect(await call()).toMatchObject({ content: 'found' });
  });

  it('end their own claim alone', async () => {
    const [cache] = open();
    const key = `key-${++keys}`;
    expect([await cache.claim(key, 'a', 5_000), await cache.claim(key, 'b', 5_000)]).toEqual([
      'mine',
      'other',
    ]);
    await cache.release(key, 'b');
    expect(await cache.isClaimed(key)).toBe(true);
    await cache.release(key, 'a');
    expect(await cache.isClaimed(key)).toBe(false);
  });
});

describe('a cache that is away', () => {
  const run = async (cache: ResultCache) => {
    const counted: string[] = [];
    const result = await cachedCall(
      { key: 'k', lifeMs: 1_000, timeoutMs: 1_000, owner: 'o', signal, work: async () => ok('worked') },
      { cache, count: (operation, outcome) => counted.push(`${operation} ${outcome}`), operationMs: 300 },
    );
    return { result, counted };
  };

  it('costs nothing but the work when it refuses', async () => {
    const away = connection('redis://127.0.0.1:1/0');
    away.options.maxRetriesPerRequest = 0;
    const { result, counted } = await run(new RedisResultCache(away));
    expect([result, counted]).toEqual([{ kind: 'ok', content: 'worked' }, ['get error']]);
  });

  it('costs a moment when it hangs', async () => {
    const proxy = await startTcpProxy(redis.port);
    const client = connection(`redis://127.0.0.1:${proxy.port}/0`);
    await client.ping();
    proxy.hang();
    try {
      const { result, counted } = await run(new RedisResultCache(client));
      expect([result, counted]).toEqual([{ kind: 'ok', content: 'worked' }, ['get error']]);
    } finally {
      await proxy.stop();
    }
  });
});

describe('a cache that is slow', () => {
  /** Each answer takes this long. */
  const slowed = (cache: ResultCache, ms: number): ResultCache => ({
    read: (key) => pause(ms).then(() => cache.read(key)),
    write: (key, content, lifeMs) => pause(ms).then(() => cache.write(key, content, lifeMs)),
    claim: (key, owner, leaseMs) => pause(ms).then(() => cache.claim(key, owner, leaseMs)),
    isClaimed: (key) => pause(ms).then(() => cache.isClaimed(key)),
    release: (key, owner) => pause(ms).then(() => cache.release(key, owner)),
  });
  const calls = (cache: ResultCache, more: { operationMs?: number; patienceMs?: number } = {}) => {
    let worked = 0;
    let owners = 0;
    const call = () =>
      cachedCall(
        {
          ...{ key: 'k', lifeMs: 60_000, timeoutMs: 5_000, owner: `o${++owners}`, signal },
          work: async () => {
            worked += 1;
            await pause(50);
            return ok('found');
          },
        },
        { cache, count: () => undefined, patienceMs: 60_000, ...more },
      );
    return { call, worked: () => worked };
  };

  it('still has the work done once: it is not one that is gone', async () => {
    const { call, worked } = calls(slowed(new MemoryResultCache(Date.now), 500));
    const results = await Promise.all(Array.from({ length: 10 }, call));
    expect(results.map((result) => result.kind)).toEqual(Array.from({ length: 10 }, () => 'ok'));
    expect(worked()).toBe(1);
  });

  it('does not pass for gone when it is this process that was busy', async () => {
    const { call, worked } = calls(slowed(new MemoryResultCache(Date.now), 20), { operationMs: 200 });
    const answers = Promise.all([call(), call()]);
    // Timers fire late, together with all that has come in meanwhile.
    const untilMs = performance.now() + 400;
    while (performance.now() < untilMs);
    await answers;
    expect(worked()).toBe(1);
  });

  it('is not left with a claim of which nobody heard', async () => {
    const memory = new MemoryResultCache(Date.now);
    const deaf: ResultCache = {
      read: (key) => memory.read(key),
      write: (key, content, lifeMs) => memory.write(key, content, lifeMs),
      claim: async (...given) => {
        await memory.claim(...given);
        return new Promise(() => undefined);
      },
      isClaimed: (key) => memory.isClaimed(key),
      release: (key, owner) => memory.release(key, owner),
    };
    await calls(deaf, { operationMs: 100 }).call();
    expect(await memory.isClaimed('k')).toBe(false);
  });
});
