import { describe, expect, it } from '@jest/globals';
import { type ThrowawayRedis, eventually, startRedis, startTcpProxy } from '@lumina/testing';
import type { Worker } from 'bullmq';
import type { RedisOptions } from 'ioredis';
import { DoorbellWorker } from './doorbell-worker';
import { Ringer } from './ringer';

const connectionTo = (port: number): RedisOptions => ({
  host: '127.0.0.1',
  port,
  maxRetriesPerRequest: null,
  retryStrategy: () => 100,
  socketTimeout: 3_500,
});

class Bench {
  readonly heard = new Set<string>();
  readonly errors: unknown[] = [];
  readonly ringer: Ringer;
  readonly worker: DoorbellWorker;

  constructor(port: number) {
    const onError = (error: unknown): void => void this.errors.push(error);
    const connection = connectionTo(port);
    this.ringer = new Ringer(connection, onError);
    const answer = async ({ run }: { run: string }): Promise<void> => void this.heard.add(run);
    const waiting = (): Promise<number> => this.ringer.waiting('steps');
    this.worker = new DoorbellWorker({
      queue: 'steps',
      connection,
      concurrency: 4,
      answer,
      onError,
      waiting,
    });
    this.worker.start();
  }

  ring(run: string): Promise<void> {
    return this.ringer.ring([{ run, item: 'step:1', v: 1, place: 1 }]);
  }

  async hears(run: string): Promise<void> {
    await eventually(`${run} is heard`, () => this.heard.has(run));
  }

  async close(): Promise<void> {
    await this.worker.close();
    await this.ringer.close();
  }
}

describe('doorbells in bad weather', () => {
  it('are answered again after Redis was killed and came back empty', async () => {
    let server: ThrowawayRedis = await startRedis();
    const bench = new Bench(server.port);
    await bench.ring('before');
    await bench.hears('before');
    await server.stop();
    await eventually('the outage is reported', () => bench.errors.length > 0);
    server = await startRedis([], server.port);
    await bench.ring('after');
    await bench.hears('after');
    expect(bench.worker.isRunning()).toBe(true);
    await bench.close();
    await server.stop();
  });

  it('are answered again after their connections were cut, over and over', async () => {
    const server = await startRedis();
    const proxy = await startTcpProxy(server.port);
    const bench = new Bench(proxy.port);
    await bench.worker.ready();
    for (const round of [1, 2, 3]) {
      proxy.cut();
      await bench.ring(`after cut ${round}`);
      await bench.hears(`after cut ${round}`);
    }
    await bench.close();
    await proxy.stop();
    await server.stop();
  });

  it('are answered again after Redis hung', async () => {
    const server = await startRedis();
    const proxy = await startTcpProxy(server.port);
    const bench = new Bench(proxy.port);
    await bench.ring('before');
    await bench.hears('before');
    proxy.hang();
    const ringing = bench.ring('during');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(bench.heard.has('during')).toBe(false);
    proxy.resume();
    await ringing;
    await bench.hears('during');
    await bench.close();
    await proxy.stop();
    await server.stop();
  });

  it('are answered again by a worker that looks alive and has stopped to take any', async () => {
    const server = await startRedis();
    const bench = new Bench(server.port);
    await bench.ring('before');
    await bench.hears('before');
    // As dead as it can be: its loop has ended, and the one who holds it was not told.
    await (Reflect.get(bench.worker, 'worker') as Worker).close(true);
    try {
      let rings = 0;
      const isOpenedAnew = async (): Promise<boolean> => {
        rings += 1;
        // A fetch that was under way when the loop ended may still bring one doorbell, so there is always another.
        await bench.ring(`after ${rings}`);
        await new Promise((resolve) => setTimeout(resolve, 250));
        return bench.errors.some((error) => String(error).includes('opened anew'));
      };
      await eventually('the worker is opened anew', isOpenedAnew, 18_000);
      await bench.ring('last');
      await bench.hears('last');
      expect(bench.worker.isRunning()).toBe(true);
    } finally {
      await bench.close();
      await server.stop();
    }
  });
});
