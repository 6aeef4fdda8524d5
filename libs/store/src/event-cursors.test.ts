import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ThrowawayRedis, startRedis } from '@lumina/testing';
import type { Redis } from 'ioredis';
import { DurableWriter } from './durable-writer';
import { keys } from './keys';
import { RedisRunStore } from './redis-run-store';
import { connected } from './testing/connection';
import { claim, newRun, succeeded } from './testing/fixtures';

describe('cursors into the events of a run', () => {
  let server: ThrowawayRedis;
  let writer: Redis;
  let reader: Redis;
  let store: RedisRunStore;

  beforeAll(async () => {
    server = await startRedis();
    writer = await connected(server.port, 'write');
    reader = await connected(server.port, 'read');
    store = new RedisRunStore(
      new DurableWriter(writer, { replicas: 0, waitMs: 100, deadlineMs: 5_000 }),
      reader,
      {
        ringGraceMs: 1_000,
        longestRingGraceMs: 1_000,
        eventsKeptMs: 60_000,
      },
    );
  });
  afterAll(async () => {
    writer.disconnect();
    reader.disconnect();
    await server.stop();
  });
  beforeEach(async () => {
    await reader.flushall();
    await store.putAgent('d1', '{}');
    await store.create(newRun('r1'));
    const { lease } = await claim(store, 'r1', 'step:1');
    const text = 'y'.repeat(100_000);
    const said = (words: string) => ({ type: 'delta', messageId: 'm', text: words }) as const;
    await store.renew(lease, { leaseMs: 5_000, number: 1, events: [said('a'), said('b')] });
    await store.renew(lease, { leaseMs: 5_000, number: 2, events: [said(text)] });
    await store.commit(lease, { facts: [succeeded('r1')], status: 'succeeded', open: [] });
  });

  it('reach large events too', async () => {
    expect(await store.events('r1', 3)).toMatchObject({
      events: [{ seq: 4, event: { type: 'delta' } }, { seq: 5 }],
    });
  });

  it('are refused once what follows them was trimmed', async () => {
    await reader.xtrim(keys.events('r1'), 'MAXLEN', 2);
    expect(await store.events('r1', 1)).toEqual({ kind: 'expired', oldestSeq: 4 });
    expect(await store.events('r1', 3)).toMatchObject({ kind: 'events', events: [{ seq: 4 }, { seq: 5 }] });
  });

  it('may point between events that were told together', async () => {
    expect(await store.events('r1', 2)).toMatchObject({ events: [{ seq: 3 }, { seq: 4 }, { seq: 5 }] });
  });

  it('are refused once all events have gone, but for the one at the very end', async () => {
    await reader.del(keys.events('r1'));
    expect(await store.events('r1', 4)).toEqual({ kind: 'expired', oldestSeq: 6 });
    expect(await store.events('r1', 5)).toEqual({ kind: 'events', events: [] });
  });

  it("keep an ended run's events for a while only", async () => {
    const leftMs = await reader.pttl(keys.events('r1'));
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual(60_000);
  });

  it('at the end are not taken for expired when an event comes while they are read', async () => {
    let lastSeq = 5;
    const happens = <Answer>(answer: Answer): Promise<Answer> => {
      lastSeq += 1;
      return Promise.resolve(answer);
    };
    // Each command sees the world as it is then, and right after it one more event happens.
    const busy = {
      hget: () => happens(String(lastSeq)),
      xrange: (_key: string, from: string) => {
        const first = Number.parseInt(from, 10);
        const sequence = Array.from(
          { length: Math.max(0, lastSeq - first + 1) },
          (_, index) => first + index,
        );
        const event = JSON.stringify({ type: 'delta', messageId: 'm', text: 'a' });
        return happens(sequence.map((seq) => [`${seq}-0`, ['e', event]]));
      },
    };
    const writing = new DurableWriter(writer, { replicas: 0, waitMs: 1, deadlineMs: 1 });
    const racing = new RedisRunStore(writing, busy as unknown as Redis);
    expect(await racing.events('r1', 5)).toMatchObject({ kind: 'events' });
  });
});
