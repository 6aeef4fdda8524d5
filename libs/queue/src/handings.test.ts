import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { HandedItem, Handing } from '@lumina/contracts';
import { type ThrowawayRedis, eventually, startRedis } from '@lumina/testing';
import { Redis } from 'ioredis';
import { DoorbellWorker, type DoorbellWorkerOptions } from './doorbell-worker';
import { type OpenDoor, Ringer } from './ringer';

const handing = (...items: string[]): Handing => ({
  c: 2,
  of: { run: 'r1', v: 7, owner: 'w#1.7', thread: 't', tenant: 'acme', digest: 'd' },
  items: items.map((item) => ({ item, data: `data of ${item}` })),
  journal: [{ type: 'run.accepted' }],
});

describe('handings', () => {
  let server: ThrowawayRedis;
  let redis: Redis;
  let ringer: Ringer;
  let errors: unknown[];
  const workers: DoorbellWorker[] = [];
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
    await ringer.close();
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  async function worker(changes: Partial<DoorbellWorkerOptions>): Promise<DoorbellWorker> {
    const made = new DoorbellWorker({
      ...{ queue: 'steps', connection: connection(), concurrency: 2, answer: async () => undefined },
      onError: (error) => errors.push(error),
      knocks: { redis, subscriber: new Redis(connection()) },
      hands: { leaseMs: () => 3_000, giveBack: async () => undefined },
      ...changes,
    });
    workers.push(made);
    await made.ready();
    return made;
  }

  /** Whoever picks looks who is there now and then, and does not wait for it. */
  async function doorOf(count?: number): Promise<OpenDoor | undefined> {
    for (const pauseMs of [300, 50]) {
      ringer.door('steps', count)?.letGo();
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    return ringer.door('steps', count);
  }
  const publish = (door: OpenDoor | undefined, text: string): Promise<number> =>
    redis.publish(door?.channel ?? '', text);

  it('reach the worker by its name, each item with what belongs to all', async () => {
    const heard: [unknown, string, (HandedItem | undefined)?][] = [];
    await worker({ name: 'w', answer: async (...args) => void heard.push(args) });
    const door = await doorOf(2);
    expect(door).toMatchObject({ worker: 'w', leaseMs: 3_000 });
    expect(await publish(door, JSON.stringify(handing('step:1', 'step:2')))).toBe(1);
    await eventually('both are answered', () => heard.length === 2);
    const { of, journal } = handing();
    expect(heard).toEqual(
      ['step:1', 'step:2'].map((item) => [
        { run: 'r1', item, v: 7 },
        'knock',
        { of, journal, item, data: `data of ${item}` },
      ]),
    );
  });

  it('are given back where there is no room for them', async () => {
    const back: string[] = [];
    const begun: string[] = [];
    await worker({
      answer: ({ item }) => new Promise(() => begun.push(item)),
      hands: {
        leaseMs: () => 3_000,
        giveBack: async (items) => void back.push(...items.map(({ item }) => item)),
      },
    });
    await publish(await doorOf(), JSON.stringify(handing('a:1', 'b:1', 'c:1')));
    await eventually('one is given back', () => back.length > 0);
    expect({ begun, back }).toEqual({ begun: ['a:1', 'b:1'], back: ['c:1'] });
  });

  it('wait for a place where answers are quick, and are given back when it is not free in time', async () => {
    const back: string[] = [];
    const begun: string[] = [];
    const held: (() => void)[] = [];
    await worker({
      answer: ({ item }) => {
        begun.push(item);
        return item.startsWith('quick') ? Promise.resolve() : new Promise((resolve) => held.push(resolve));
      },
      hands: {
        leaseMs: () => 3_000,
        giveBack: async (items) => void back.push(...items.map(({ item }) => item)),
      },
    });
    const door = await doorOf();
    await publish(door, JSON.stringify(handing('quick:1', 'quick:2')));
    await eventually('quick ones are answered', () => begun.length === 2);
    await publish(door, JSON.stringify(handing('a:1', 'b:1', 'c:1', 'd:1')));
    await eventually('two are begun', () => begun.length === 4);
    expect(back).toEqual([]);
    held[0]?.();
    await eventually('one had to wait', () => begun.includes('c:1'));
    await eventually('the other waited in vain', () => back.length > 0);
    expect(back).toEqual(['d:1']);
  });

  it('are given back by a worker that goes', async () => {
    const back: string[] = [];
    const going = await worker({
      hands: {
        leaseMs: () => 3_000,
        giveBack: async (items) => void back.push(...items.map(({ item }) => item)),
      },
    });
    const door = await doorOf();
    await going.drain();
    await publish(door, JSON.stringify(handing('step:1')));
    await eventually('it is given back', () => back.length > 0);
    expect(back).toEqual(['step:1']);
  });

  it('go to nobody who does not take them now, however much room there is', async () => {
    await worker({
      ...{ concurrency: 50, name: 'holds money' },
      hands: { leaseMs: () => undefined, giveBack: async () => undefined },
    });
    expect(await doorOf()).toBeUndefined();
    await worker({ name: 'takes them' });
    expect(await doorOf()).toMatchObject({ worker: 'takes them' });
  });

  it('leave a place free that was let go', async () => {
    await worker({});
    const door = await doorOf(2);
    expect(door).toBeDefined();
    expect(ringer.door('steps')).toBeUndefined();
    door?.letGo();
    expect(ringer.door('steps', 2)).toBeDefined();
  });

  it('of a contract that the worker does not know are reported, and stop nothing', async () => {
    const heard: string[] = [];
    await worker({ answer: async ({ item }) => void heard.push(item) });
    const door = await doorOf();
    await publish(door, JSON.stringify({ ...handing('step:1'), c: 3 }));
    await publish(door, JSON.stringify(handing('step:2')));
    await eventually('the second is answered', () => heard.length === 1);
    expect(errors).toHaveLength(1);
  });
});
