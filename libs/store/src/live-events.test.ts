import { EventEmitter } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type TcpProxy, type ThrowawayRedis, eventually, startRedis, startTcpProxy } from '@lumina/testing';
import type { Redis } from 'ioredis';
import { DurableWriter } from './durable-writer';
import { keys } from './keys';
import type { LiveEvent } from './live-event';
import { LiveEvents, type LiveListener } from './live-events';
import { RedisRunStore } from './redis-run-store';
import { connected } from './testing/connection';
import { claim, newRun, thread } from './testing/fixtures';

describe('LiveEvents', () => {
  let server: ThrowawayRedis;
  let proxy: TcpProxy;
  let writer: Redis;
  let reader: Redis;
  let store: RedisRunStore;
  const running: LiveEvents[] = [];

  beforeAll(async () => {
    server = await startRedis();
    proxy = await startTcpProxy(server.port);
    writer = await connected(server.port, 'write');
    reader = await connected(server.port, 'read');
    store = new RedisRunStore(
      new DurableWriter(writer, { replicas: 0, waitMs: 100, deadlineMs: 5_000 }),
      reader,
    );
  });
  beforeEach(async () => {
    await reader.flushall();
    await store.putAgent('d1', '{}');
  });
  afterEach(async () => {
    proxy.resume();
    await Promise.all(running.splice(0).map((live) => live.stop()));
  });
  afterAll(async () => {
    writer.disconnect();
    reader.disconnect();
    await proxy.stop();
    await server.stop();
  });

  async function follow(
    wants: (run: string) => boolean = () => true,
    confirm = async () => {},
    shows: LiveListener['shows'] = () => true,
  ) {
    const heard: LiveEvent[] = [];
    const gaps: number[] = [];
    const live = new LiveEvents(await connected(proxy.port, 'block'), {
      wants,
      shows,
      onEvent: (event) => heard.push(event),
      onGap: () => gaps.push(heard.length),
      confirm,
    });
    running.push(live);
    await live.start();
    return { heard, gaps };
  }

  it('hears what happens after it started, and nothing from before', async () => {
    await store.create(newRun('old'));
    const { heard } = await follow();
    await store.create(newRun('new', { thread: 't2' }));
    await eventually('the new run is heard', () => heard.length > 0);
    expect(heard).toMatchObject([
      { run: 'new', seq: 1, event: { type: 'fact', fact: { type: 'run.accepted' } } },
    ]);
  });

  it('stops while Redis is away: a read that waits for it never comes back', async () => {
    const gone = await startTcpProxy(server.port);
    const redis = await connected(gone.port, 'block');
    redis.on('error', () => undefined);
    const live = new LiveEvents(redis, {
      ...{ wants: () => true, shows: () => true, confirm: async () => {} },
      ...{ onEvent: () => undefined, onGap: () => undefined },
    });
    await live.start();
    await gone.stop();
    await eventually('it tries to come back', () => redis.status === 'reconnecting');
    await live.stop();
  });

  it('passes over runs that nobody wants', async () => {
    const { heard } = await follow((run) => run === 'wanted');
    await store.create(newRun('other'));
    await store.create(newRun('wanted', { thread: 't2' }));
    await eventually('the wanted run is heard', () => heard.length > 0);
    expect(heard.map(({ run }) => run)).toEqual(['wanted']);
  });

  it('confirms what shows something before it tells it, and only that', async () => {
    const told: string[] = [];
    const confirm = async (): Promise<void> => void told.push('confirmed');
    const { heard } = await follow(undefined, confirm, ({ run }) => run === 'shown');
    await store.create(newRun('quiet'));
    await eventually('the quiet run is heard', () => heard.length === 1);
    expect(told).toEqual([]);
    await store.create(newRun('shown', { thread: 't2' }));
    await eventually('the shown run is heard', () => heard.length === 2);
    expect(told).toEqual(['confirmed']);
  });

  it('tells of what is large without its content, which the run itself holds', async () => {
    const { heard } = await follow();
    await store.create(newRun('r1'));
    const { lease } = await claim(store, 'r1', 'step:1');
    const text = 'x'.repeat(5_000);
    await store.renew(lease, {
      leaseMs: 5_000,
      number: 1,
      events: [{ type: 'delta', messageId: 'm', text }],
    });
    await eventually('both are heard', () => heard.length === 2);
    expect(heard.map(({ run, seq, event }) => [run, seq, event?.type])).toEqual([
      ['r1', 1, 'fact'],
      ['r1', 2, undefined],
    ]);
    expect(await store.events('r1', 1)).toMatchObject({ events: [{ seq: 2, event: { text } }] });
  });

  it('says that it was away after its connection broke, and then misses nothing', async () => {
    const { heard, gaps } = await follow();
    await store.create(newRun('r1'));
    await eventually('the first run is heard', () => heard.length === 1);
    proxy.cut();
    await store.create(newRun('r2', { thread: 't2' }));
    await eventually('the gap is told', () => gaps.length > 0);
    await store.create(newRun('r3', { thread: 't3' }));
    await eventually('the third run is heard', () => heard.some(({ run }) => run === 'r3'));
  });

  it('says that it was away when what it had not read is gone from the stream', async () => {
    const { heard, gaps } = await follow();
    await store.create(newRun('r1'));
    await eventually('the first run is heard', () => heard.length === 1);
    proxy.cut();
    proxy.hang();
    await store.create(newRun('r2', { thread: 't2' }));
    await reader.xtrim(keys.live, 'MAXLEN', 0);
    proxy.resume();
    await eventually('the gap is told', () => gaps.length > 0);
    expect(heard.map(({ run }) => run)).toEqual(['r1']);
  });

  it.each([
    ['much', 6, true],
    ['little', 1, false],
  ] as const)(
    'where reads bring %s, waits before the next for more, or does not',
    async (_how, count, waits) => {
      let reads = 0;
      const entries = Array.from({ length: count }, () => ['1-0', ['r', 'other', 's', '1', 'e', '']]);
      const redis = Object.assign(new EventEmitter(), {
        ...{ status: 'ready', disconnect: () => undefined, xrevrange: async () => [] },
        xread: async () => {
          reads += 1;
          await new Promise((resolve) => setImmediate(resolve));
          return [['live', entries]];
        },
      });
      const live = new LiveEvents(redis as unknown as Redis, {
        ...{ wants: () => false, shows: () => false, onEvent: () => undefined },
        ...{ onGap: () => undefined, confirm: async () => undefined },
      });
      await live.start();
      await new Promise((resolve) => setTimeout(resolve, 200));
      await live.stop();
      expect(reads < 105).toBe(waits);
    },
  );

  it('goes on after errors that Redis answers', async () => {
    const { heard, gaps } = await follow();
    await reader.set(keys.live, 'not a stream');
    // A read that blocks already is answered when its time is up; the next one gets the error.
    await eventually('a read is refused', async () =>
      (await reader.info('errorstats')).includes('WRONGTYPE'),
    );
    await reader.del(keys.live);
    await eventually('the gap is told', () => gaps.length > 0);
    await store.create(newRun('r1'));
    await eventually('the run is heard', () => heard.length === 1);
    expect(await store.journal(thread)).toHaveLength(1);
  });
});
