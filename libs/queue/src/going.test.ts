import { describe, expect, it } from '@jest/globals';
import { eventually, startRedis } from '@lumina/testing';
import type { RedisOptions } from 'ioredis';
import { DoorbellWorker } from './doorbell-worker';
import { Ringer } from './ringer';
import { Schedules } from './schedules';

/** A Redis that was there and is no more, and what told of that. */
async function withoutRedis<Open>(open: (connection: RedisOptions, onError: () => void) => Promise<Open>) {
  const server = await startRedis();
  let errors = 0;
  const connection = {
    ...{ host: '127.0.0.1', port: server.port, maxRetriesPerRequest: null },
    retryStrategy: () => 100,
  };
  const opened = await open(connection, () => (errors += 1));
  await server.stop();
  await eventually('the outage is reported', () => errors > 0);
  return opened;
}

describe('while Redis is away', () => {
  it('schedules close', async () => {
    const schedules = await withoutRedis(async (connection, onError) => {
      const opened = new Schedules({ connection, onDue: async () => undefined, onError });
      opened.start();
      await opened.set({ id: 'a', pattern: '0 0 1 1 *', timezone: undefined, endMs: undefined });
      return opened;
    });
    await schedules.close();
  });

  it('a worker ends its work and closes', async () => {
    let isAnswering = false;
    let mayEnd = false;
    let hasAnswered = false;
    const answer = async (): Promise<void> => {
      isAnswering = true;
      await eventually('the work may end', () => mayEnd);
      hasAnswered = true;
    };
    const worker = await withoutRedis(async (connection, onError) => {
      const opened = new DoorbellWorker({ queue: 'steps', connection, concurrency: 1, answer, onError });
      opened.start();
      await opened.ready();
      const ringer = new Ringer(connection, onError);
      await ringer.ring([{ run: 'r1', item: 'step:1', v: 1, place: 1 }]);
      await eventually('it answers', () => isAnswering);
      await ringer.close();
      return opened;
    });
    const draining = worker.drain();
    mayEnd = true;
    await draining;
    expect(hasAnswered).toBe(true);
    await worker.close();
  });

  it('a ringer closes', async () => {
    const ringer = await withoutRedis(async (connection, onError) => {
      const opened = new Ringer(connection, onError);
      await opened.ring([{ run: 'r1', item: 'step:1', v: 1, place: 1 }]);
      return opened;
    });
    await ringer.close();
  });
});
