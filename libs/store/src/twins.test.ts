import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Handing, handingSchema } from '@lumina/contracts';
import { type ThrowawayRedis, startRedis } from '@lumina/testing';
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { DurableWriter } from './durable-writer';
import { MemoryRunStore } from './memory-run-store';
import { RedisRunStore } from './redis-run-store';
import { connected } from './testing/connection';
import { Subject, allowanceIn, openChannel, operation, priced, times } from './testing/twins-subject';

describe('the store on Redis and the one in memory', () => {
  let server: ThrowawayRedis;
  let writer: Redis;
  let reader: Redis;
  let subscriber: Redis;
  const published: Handing[] = [];
  let durableWriter: DurableWriter;

  beforeAll(async () => {
    server = await startRedis();
    writer = await connected(server.port, 'write');
    durableWriter = new DurableWriter(writer, { replicas: 0, waitMs: 100, deadlineMs: 5_000 });
    reader = await connected(server.port, 'read');
    subscriber = await connected(server.port, 'read');
    subscriber.on('message', (_channel, text: string) =>
      published.push(handingSchema.parse(JSON.parse(text))),
    );
    await subscriber.subscribe(openChannel);
  });
  afterAll(async () => {
    writer.disconnect();
    reader.disconnect();
    subscriber.disconnect();
    await server.stop();
  });

  async function both(): Promise<readonly [Subject, Subject]> {
    await reader.flushall();
    const redis = new RedisRunStore(durableWriter, reader, times);
    const kept: Handing[] = [];
    const memory = new MemoryRunStore(Date.now, times, (channel, handing) => {
      if (channel === openChannel) kept.push(handing);
      return channel === openChannel;
    });
    // What was published before is read before what answers the subscriber.
    const heard = (): Promise<readonly Handing[]> => subscriber.ping().then(() => published.splice(0));
    const subjects = [new Subject(redis, heard), new Subject(memory, async () => kept.splice(0))] as const;
    for (const { store } of subjects) await store.putAgent('d1', '{}');
    return subjects;
  }

  it('answer every sequence of operations the same and end up the same', async () => {
    let commits = 0;
    let handed = 0;
    const allowed = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(operation, { minLength: 20, maxLength: 60, size: 'max' }),
        fc.nat({ max: 1 }),
        async (following, tariff) => {
          const operations = [...priced(tariff), ...following];
          const [redis, memory] = await both();
          for (const operation of operations) {
            const [onRedis, inMemory] = [await redis.do(operation), await memory.do(operation)];
            expect({ operation, outcome: onRedis }).toEqual({ operation, outcome: inMemory });
            handed += onRedis.handed.length;
            const kind = allowanceIn(onRedis.outcome);
            if (kind !== undefined) allowed.set(kind, (allowed.get(kind) ?? 0) + 1);
            if (operation.type === 'commit' && onRedis.outcome !== 'no lease') commits += 1;
          }
          expect(await redis.look()).toEqual(await memory.look());
        },
      ),
      { numRuns: 200 },
    );
    expect(commits).toBeGreaterThan(200);
    expect(handed).toBeGreaterThan(50);
    expect(allowed.get('held')).toBeGreaterThan(100);
    expect(allowed.get('short')).toBeGreaterThan(20);
    expect(allowed.get('again: held')).toBeGreaterThan(20);
    expect(allowed.get('again: short')).toBeGreaterThan(20);
  }, 60_000);
});
