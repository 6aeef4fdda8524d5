import { afterAll, beforeAll, describe } from '@jest/globals';
import { type ThrowawayRedis, startRedis } from '@lumina/testing';
import { Redis } from 'ioredis';
import { DurableWriter } from './durable-writer';
import { MemoryRunStore } from './memory-run-store';
import { RedisRunStore } from './redis-run-store';
import { type Bench, times } from './testing/fixtures';
import { holdAgainSuite } from './testing/hold-again-suite';
import { interventionSuite } from './testing/intervention-suite';
import { ledgerSuite } from './testing/ledger-suite';
import { ratingSuite } from './testing/rating-suite';
import { outageSuite } from './testing/outage-suite';
import { runStoreSuite } from './testing/run-store-suite';

describe('MemoryRunStore', () => {
  const open = async (): Promise<Bench> => ({
    store: new MemoryRunStore(Date.now, times),
    close: async () => {},
  });
  runStoreSuite(open);
  interventionSuite(open);
  ledgerSuite(open);
  holdAgainSuite(open);
  ratingSuite(open);
  outageSuite(open);
});

describe('RedisRunStore', () => {
  let server: ThrowawayRedis;
  beforeAll(async () => {
    server = await startRedis();
  });
  const opened: Bench[] = [];
  afterAll(async () => {
    await Promise.all(opened.map((bench) => bench.close()));
    await server.stop();
  });

  const open = async (): Promise<Bench> => {
    const writer = new Redis(server.url, { autoResendUnfulfilledCommands: false, enableOfflineQueue: false });
    const reader = new Redis(server.url);
    await reader.flushall();
    await new Promise((resolve) =>
      writer.status === 'ready' ? resolve(undefined) : writer.once('ready', resolve),
    );
    const durability = { replicas: 0, waitMs: 500, deadlineMs: 2_000 };
    const store = new RedisRunStore(new DurableWriter(writer, durability), reader, times);
    const bench = {
      store,
      close: async () => {
        writer.disconnect();
        reader.disconnect();
      },
    };
    opened.push(bench);
    return bench;
  };
  runStoreSuite(open);
  interventionSuite(open);
  ledgerSuite(open);
  holdAgainSuite(open);
  ratingSuite(open);
  outageSuite(open);
});
