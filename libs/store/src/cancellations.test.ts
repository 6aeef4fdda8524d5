import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type TcpProxy, type ThrowawayRedis, eventually, startRedis, startTcpProxy } from '@lumina/testing';
import type { Redis } from 'ioredis';
import { Cancellations } from './cancellations';
import { DurableWriter } from './durable-writer';
import { keys } from './keys';
import { RedisRunStore } from './redis-run-store';
import { connected } from './testing/connection';
import { claim, newRun } from './testing/fixtures';

describe('Cancellations', () => {
  let server: ThrowawayRedis;
  let proxy: TcpProxy;
  let client: Redis;
  const running: Cancellations[] = [];

  beforeAll(async () => {
    server = await startRedis();
    proxy = await startTcpProxy(server.port);
    client = await connected(server.port, 'write');
  });
  afterEach(() => running.splice(0).forEach((cancellations) => cancellations.stop()));
  afterAll(async () => {
    client.disconnect();
    await proxy.stop();
    await server.stop();
  });

  async function listening(): Promise<Cancellations> {
    const cancellations = new Cancellations(await connected(proxy.port, 'block'));
    running.push(cancellations);
    await cancellations.start();
    return cancellations;
  }

  /** Cancellations are told in order: once a later one is heard, an earlier one would have been. */
  async function settled(cancellations: Cancellations): Promise<void> {
    let isHeard = false;
    const stop = cancellations.watch('last', () => (isHeard = true));
    await client.publish(keys.control, 'last');
    await eventually('the last one is heard', () => isHeard);
    stop();
  }

  it('are heard by everyone who watches the run, and by nobody else', async () => {
    const cancellations = await listening();
    const heard: string[] = [];
    cancellations.watch('r1', () => heard.push('a'));
    cancellations.watch('r1', () => heard.push('b'));
    cancellations.watch('r2', () => heard.push('c'));
    await client.publish(keys.control, 'r1');
    await settled(cancellations);
    expect(heard).toEqual(['a', 'b']);
  });

  it('come from the store as soon as a run is cancelled, and only then', async () => {
    const cancellations = await listening();
    const heard: string[] = [];
    cancellations.watch('r1', () => heard.push('r1'));
    const durability = { replicas: 0, waitMs: 100, deadlineMs: 5_000 };
    const store = new RedisRunStore(new DurableWriter(client, durability), client);
    await store.putAgent('d1', '{}');
    await store.create(newRun('r1'));
    await claim(store, 'r1', 'step:1');
    const change = { run: 'r1', v: 1, facts: [], status: 'running', open: [] } as const;
    await store.intervene({ ...change, kind: 'decide' });
    await settled(cancellations);
    expect(heard).toEqual([]);
    await store.intervene({ ...change, v: 2, kind: 'cancel' });
    await eventually('it is heard', () => heard.length === 1);
  });

  it('are no longer heard by who has stopped watching, however often that is said', async () => {
    const cancellations = await listening();
    const heard: string[] = [];
    const stop = cancellations.watch('r1', () => heard.push('first'));
    cancellations.watch('r1', () => heard.push('second'));
    stop();
    stop();
    await client.publish(keys.control, 'r1');
    await settled(cancellations);
    expect(heard).toEqual(['second']);
  });

  it('a watcher who came after the last had gone is not lost when that one is told to stop again', async () => {
    const cancellations = await listening();
    const heard: string[] = [];
    const stop = cancellations.watch('r1', () => heard.push('first'));
    stop();
    cancellations.watch('r1', () => heard.push('second'));
    stop();
    await client.publish(keys.control, 'r1');
    await settled(cancellations);
    expect(heard).toEqual(['second']);
  });

  it('reach all who watch, though one of them stops watching as it hears', async () => {
    const cancellations = await listening();
    const heard: string[] = [];
    const stop = cancellations.watch('r1', () => {
      heard.push('first');
      stop();
    });
    cancellations.watch('r1', () => heard.push('second'));
    await client.publish(keys.control, 'r1');
    await settled(cancellations);
    expect(heard).toEqual(['first', 'second']);
  });

  it('are heard again after the connection broke', async () => {
    const cancellations = await listening();
    let heard = 0;
    cancellations.watch('r1', () => (heard += 1));
    proxy.cut();
    await eventually('it is heard', async () => {
      await client.publish(keys.control, 'r1');
      return heard > 0;
    });
  });

  it('are told at once to who begins to watch a moment later, and to nobody who begins long after', async () => {
    let nowMs = 1_000_000;
    const cancellations = new Cancellations(await connected(proxy.port, 'block'), () => nowMs);
    running.push(cancellations);
    await cancellations.start();
    await client.publish(keys.control, 'r1');
    await settled(cancellations);
    const heard: string[] = [];
    const watch = (name: string, run = 'r1') => cancellations.watch(run, () => heard.push(name));
    watch('another run', 'r2');
    nowMs += 4_999;
    watch('a moment later');
    expect(heard).toEqual(['a moment later']);
    nowMs += 1;
    watch('too late');
    expect(heard).toEqual(['a moment later']);
  });

  it('end with the service', async () => {
    const cancellations = await listening();
    cancellations.stop();
    await eventually('nobody listens', async () => (await client.publish(keys.control, 'r1')) === 0);
  });
});
