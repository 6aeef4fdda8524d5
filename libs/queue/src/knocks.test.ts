import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ThrowawayRedis, eventually, startRedis } from '@lumina/testing';
import { Redis } from 'ioredis';
import { DoorbellWorker } from './doorbell-worker';
import { knockChannel, presenceKey } from './names';
import { type RingableItem, Ringer } from './ringer';

const item = (run: string, place = 1): RingableItem => ({ run, item: 'step:1', v: 1, place });

describe('knocks', () => {
  let server: ThrowawayRedis;
  let redis: Redis;
  let ringer: Ringer;
  let errors: unknown[];
  const workers: DoorbellWorker[] = [];
  const subscribers: Redis[] = [];
  const connection = () => ({ host: '127.0.0.1', port: server.port, maxRetriesPerRequest: null });

  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(connection());
  });
  beforeEach(async () => {
    await redis.flushall();
    errors = [];
    ringer = new Ringer(connection(), (error) => errors.push(error), redis);
  });
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.close()));
    subscribers.splice(0);
    await ringer.close();
    expect(errors).toEqual([]);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  /** `isConsuming`: whether it takes from the queue, too. */
  async function worker(answer: (run: string) => Promise<void>, concurrency = 4, isConsuming = false) {
    const subscriber = new Redis(connection());
    subscribers.push(subscriber);
    const made = new DoorbellWorker({
      ...{ queue: 'steps', connection: connection(), concurrency },
      answer: ({ run }) => answer(run),
      onError: (error) => errors.push(error),
      passOn: (items) => ringer.queueUp(items),
      knocks: { redis, subscriber },
    });
    workers.push(made);
    await made.ready();
    if (isConsuming) made.start();
    return made;
  }

  /** The ringer looks who is there when it rings, and knows it by the next time. */
  async function known(): Promise<void> {
    await ringer.ring([item('first look')]);
    await eventually('the ringer has looked', async () => {
      await ringer.ring([item('look')]);
      const before = await ringer.waiting('steps');
      await ringer.ring([item('look')]);
      return (await ringer.waiting('steps')) === before;
    });
  }

  it('reach a worker that is there and has room, past the queue', async () => {
    const heard: string[] = [];
    await worker(async (run) => void heard.push(run), 100);
    await known();
    const waiting = await ringer.waiting('steps');
    await ringer.ring(['a', 'b', 'c'].map((run) => item(run)));
    await eventually('all are heard', () => ['a', 'b', 'c'].every((run) => heard.includes(run)));
    expect(await ringer.waiting('steps')).toBe(waiting);
  });

  it('find the queue when nobody is there', async () => {
    await ringer.ring([item('a')]);
    await ringer.ring([item('b')]);
    expect(await ringer.waiting('steps')).toBe(2);
  });

  it('find the queue when the worker has died without a word', async () => {
    await worker(async () => {});
    await known();
    subscribers.at(-1)?.disconnect();
    await eventually('nobody listens', async () => {
      const [name = ''] = Object.keys(await redis.hgetall(presenceKey('steps')));
      return (await redis.publish(knockChannel('steps', name), 'x').catch(() => 0)) === 0;
    });
    const waiting = await ringer.waiting('steps');
    await ringer.ring([item('a')]);
    expect(await ringer.waiting('steps')).toBe(waiting + 1);
  });

  it('that a worker has no room for go into the queue, and are answered in the end', async () => {
    const heard: string[] = [];
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const small = await worker(async (run) => {
      if (run.startsWith('look') || run === 'first look') return;
      await gate;
      heard.push(run);
    }, 2);
    await known();
    const [name = ''] = Object.keys(await redis.hgetall(presenceKey('steps')));
    const bells = ['a', 'b', 'c', 'd'].map((run) => ({ ...item(run, 20) }));
    await redis.publish(knockChannel('steps', name), JSON.stringify({ c: 1, bells }));
    await eventually('two are in hand', () => small.active === 2);
    await eventually('the others wait', async () => (await ringer.waiting('steps')) > 0);
    open();
    small.start();
    await eventually('all are answered', () => heard.length === 4);
    expect(heard.toSorted()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('at a worker that drains go into the queue', async () => {
    const draining = await worker(async () => {}, 4, true);
    await known();
    const [name = ''] = Object.keys(await redis.hgetall(presenceKey('steps')));
    await draining.drain();
    expect(await redis.hgetall(presenceKey('steps'))).toEqual({});
    await redis.publish(knockChannel('steps', name), JSON.stringify({ c: 1, bells: [item('late')] }));
    await eventually('it waits in the queue', async () => (await ringer.waiting('steps')) === 1);
  });

  it('of an unknown contract are reported', async () => {
    await worker(async () => {});
    const [name = ''] = Object.keys(await redis.hgetall(presenceKey('steps')));
    for (const text of ['{"c":9}', 'no JSON']) await redis.publish(knockChannel('steps', name), text);
    await eventually('both are reported', () => errors.length === 2);
    expect(String(errors.splice(0)[0])).toContain('unknown contract');
  });

  it('are not answered by those who went long ago: whoever comes forgets them', async () => {
    await redis.hset(presenceKey('steps'), 'dead', `${Date.now() - 120_000} 5`);
    await worker(async () => {});
    expect(Object.keys(await redis.hgetall(presenceKey('steps')))).not.toContain('dead');
  });
});
