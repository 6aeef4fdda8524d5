import { afterAll, beforeAll, describe } from '@jest/globals';
import { type Handing, handingSchema } from '@lumina/contracts';
import { type ThrowawayRedis, startRedis } from '@lumina/testing';
import { Redis } from 'ioredis';
import { DurableWriter } from './durable-writer';
import { MemoryRunStore } from './memory-run-store';
import { RedisRunStore } from './redis-run-store';
import { type Bench, times } from './testing/fixtures';
import { handingSuite } from './testing/handing-suite';
import { holdAgainSuite } from './testing/hold-again-suite';
import { interventionSuite } from './testing/intervention-suite';
import { ledgerSuite } from './testing/ledger-suite';
import { ratingSuite } from './testing/rating-suite';
import { outageSuite } from './testing/outage-suite';
import { runStoreSuite } from './testing/run-store-suite';

const door = { channel: 'door', worker: 'w3', leaseMs: 5_000 };

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
  handingSuite(async () => {
    const heard: Handing[] = [];
    const store = new MemoryRunStore(Date.now, times, (channel, handing) => {
      if (channel === door.channel) heard.push(handing);
      return channel === door.channel;
    });
    return { store, door, heard: async () => heard.splice(0), close: async () => {} };
  });
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
  handingSuite(async () => {
    const bench = await open();
    const heard: Handing[] = [];
    const subscriber = new Redis(server.url);
    subscriber.on('message', (_channel, text: string) => heard.push(handingSchema.parse(JSON.parse(text))));
    await subscriber.subscribe(door.channel);
    opened.push({ ...bench, close: async () => subscriber.disconnect() });
    // What was published before the ping is read before its answer.
    return { ...bench, door, heard: () => subscriber.ping().then(() => heard.splice(0)) };
  });
});
