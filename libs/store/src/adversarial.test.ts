import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type TcpProxy, type ThrowawayRedis, eventually, startRedis, startTcpProxy } from '@lumina/testing';
import type { Redis } from 'ioredis';
import { type Durability, DurableWriter } from './durable-writer';
import { keyPrefix, keys } from './keys';
import { RedisRunStore } from './redis-run-store';
import { connected } from './testing/connection';
import { newRun, succeeded, thread, toolAnswered } from './testing/fixtures';

const local: Durability = { replicas: 0, waitMs: 200, deadlineMs: 8_000 };
const replicated: Durability = { replicas: 1, waitMs: 200, deadlineMs: 15_000 };
const ownThread = (run: string) => newRun(run, { thread: `t-${run}` });

/** Everything that could go wrong between the store and its Redis, done to a real one. */
describe('the run store under attack', () => {
  let server: ThrowawayRedis;
  let proxy: TcpProxy;
  let reader: Redis;
  const opened: Redis[] = [];

  beforeAll(async () => {
    server = await startRedis(['--repl-diskless-sync-delay', '0']);
    proxy = await startTcpProxy(server.port);
    reader = await connected(server.port, 'read');
  });
  afterAll(async () => {
    reader.disconnect();
    await proxy.stop();
    await server.stop();
  });

  beforeEach(async () => {
    await reader.flushall();
    await reader.set(keys.agent('d1'), '{}');
  });
  afterEach(() => {
    proxy.resume();
    for (const connection of opened.splice(0)) connection.disconnect();
  });

  async function openWriter(port: number, durability: Durability): Promise<[DurableWriter, Redis]> {
    const connection = await connected(port, 'write');
    opened.push(connection);
    return [new DurableWriter(connection, durability), connection];
  }
  async function openStore(port: number, durability: Durability): Promise<RedisRunStore> {
    const [writer] = await openWriter(port, durability);
    return new RedisRunStore(writer, reader);
  }
  async function calls(command: string): Promise<number> {
    const found = new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await reader.info('commandstats'));
    return Number(found?.[1] ?? 0);
  }

  describe('over one Redis', () => {
    it('loads its scripts again when Redis has forgotten them', async () => {
      const store = await openStore(server.port, local);
      await store.create(newRun('r1'));
      await reader.script('FLUSH');
      expect(await store.create(newRun('r2'))).toMatchObject({ kind: 'created' });
      await reader.script('FLUSH');
      expect(await store.create(newRun('r2'))).toMatchObject({ kind: 'exists' });
      expect(await store.runsOfThread(thread)).toEqual(['r1', 'r2']);
    });

    it('creates one run when the reply to its creation is lost', async () => {
      const store = await openStore(proxy.port, local);
      await store.create(newRun('warm'));
      proxy.loseNextReply();
      expect(await store.create(ownThread('r1'))).toEqual({ kind: 'exists', v: 1 });
      expect(await store.journal('t-r1')).toHaveLength(1);
      expect(await store.runsOfThread('t-r1')).toEqual(['r1']);
      expect(await store.newestRuns('acme', 10)).toEqual(['r1', 'warm']);
    });

    it('claims, renews and commits once when each reply is lost', async () => {
      const store = await openStore(proxy.port, local);
      await store.create(newRun('r1'));
      proxy.loseNextReply();
      const outcome = await store.claim({ run: 'r1', item: 'step:1' }, 'w', 60_000);
      if (outcome.kind !== 'claimed') throw new Error(`was ${outcome.kind}`);
      const { lease } = outcome.claimed;
      expect(lease.epoch).toBe(1);
      const events = [{ type: 'delta', messageId: 'm', text: 'Hel' } as const];
      proxy.loseNextReply();
      expect(await store.renew(lease, { leaseMs: 60_000, number: 1, events })).toMatchObject({ lastSeq: 2 });
      proxy.loseNextReply();
      const commit = {
        facts: [toolAnswered('r1', 'x'), succeeded('r1')],
        status: 'succeeded',
        open: [],
      } as const;
      expect(await store.commit(lease, commit)).toEqual({ kind: 'repeated', v: 2 });
      expect(await store.events('r1', 0)).toMatchObject({
        events: [{ seq: 1 }, { seq: 2 }, { seq: 3 }, { seq: 4 }],
      });
      expect(await store.journal(thread)).toHaveLength(3);
    });

    it('acknowledges every run, and makes each once, while connections are cut under it', async () => {
      const store = await openStore(proxy.port, local);
      const names = Array.from({ length: 200 }, (_, index) => `r${index}`);
      const cutting = (async () => {
        for (let cuts = 0; cuts < 5; cuts += 1) {
          await new Promise((resolve) => setTimeout(resolve, 30));
          proxy.cut();
        }
      })();
      const creating = names.map(async (name, index) => {
        await new Promise((resolve) => setTimeout(resolve, index));
        return store.create(ownThread(name));
      });
      const outcomes = await Promise.all(creating);
      await cutting;
      expect(new Set(outcomes.map(({ kind }) => kind)).size).toBeLessThanOrEqual(2);
      expect(outcomes.filter(({ kind }) => kind !== 'created' && kind !== 'exists')).toEqual([]);
      expect([...(await store.newestRuns('acme', 1_000))].sort()).toEqual([...names].sort());
    });

    it('outlives a Redis that hangs', async () => {
      const store = await openStore(proxy.port, local);
      await store.create(newRun('r1'));
      proxy.hang();
      const creating = store.create(ownThread('r2'));
      setTimeout(() => proxy.resume(), 500);
      expect(['created', 'exists']).toContain((await creating).kind);
      expect(await store.runsOfThread('t-r2')).toEqual(['r2']);
    });

    it('says LUM_STORE_UNAVAILABLE when Redis is gone for longer than the deadline', async () => {
      const gone = await startRedis();
      const store = await openStore(gone.port, { ...local, deadlineMs: 300 });
      await gone.stop();
      const begun = performance.now();
      await expect(store.create(newRun('r1'))).rejects.toMatchObject({
        code: 'LUM_STORE_UNAVAILABLE',
        isRetryable: true,
        retryAfterMs: 1000,
      });
      expect(performance.now() - begun).toBeGreaterThanOrEqual(290);
    });

    it.each([
      ['has no memory left', 'maxmemory', 'OOM'],
      ['has too few replicas', 'min-replicas-to-write', 'NOREPLICAS'],
    ])('says LUM_STORE_UNAVAILABLE when Redis %s, and goes on when it can', async (_why, setting, reply) => {
      const store = await openStore(server.port, { ...local, deadlineMs: 300 });
      await reader.call('CONFIG', 'SET', setting, '1');
      try {
        await expect(store.create(newRun('r1'))).rejects.toMatchObject({
          ...{ code: 'LUM_STORE_UNAVAILABLE', status: 503, retryAfterMs: 1000 },
          message: expect.stringContaining(reply),
        });
      } finally {
        await reader.call('CONFIG', 'SET', setting, '0');
      }
      expect(await store.create(newRun('r1'))).toMatchObject({ kind: 'created' });
      expect(await store.runsOfThread(thread)).toEqual(['r1']);
    });

    it('throws what is a bug and not an outage at once, and goes on serving the others of the batch', async () => {
      const store = await openStore(server.port, local);
      await reader.set(keys.run('r1'), 'not a hash');
      const [broken, well] = await Promise.allSettled([
        store.create(newRun('r1')),
        store.create(ownThread('r2')),
      ]);
      expect(broken).toMatchObject({
        status: 'rejected',
        reason: { message: expect.stringMatching(/script create failed: .*WRONGTYPE/) },
      });
      expect(well).toMatchObject({ status: 'fulfilled', value: { kind: 'created' } });
    });

    it('refuses what comes after it was closed, and what it had not sent', async () => {
      const [writer] = await openWriter(server.port, local);
      const unsent = writer.write('thread', [keys.thread('t')], ['acme', 1, '{}', keyPrefix, 't', '']);
      writer.close();
      await expect(unsent).rejects.toMatchObject({ code: 'LUM_STORE_UNAVAILABLE' });
      const late = writer.write('thread', [keys.thread('t')], ['acme', 1, '{}', keyPrefix, 't', '']);
      await expect(late).rejects.toMatchObject({ code: 'LUM_STORE_UNAVAILABLE' });
      expect(await reader.exists(keys.thread('t'))).toBe(0);
    });

    it('answers what was in flight when it was closed', async () => {
      const [writer] = await openWriter(proxy.port, local);
      proxy.delay(50);
      const writing = writer.write('thread', [keys.thread('t')], ['acme', 1, '{}', keyPrefix, 't', '']);
      await eventually('Redis made the thread, or it is on its way', () => calls('evalsha'));
      writer.close();
      // The scripts may have to be loaded first: then nothing was done, and the caller hears so.
      const [outcome] = await Promise.allSettled([writing]);
      expect(outcome.status === 'fulfilled').toBe((await reader.exists(keys.thread('t'))) === 1);
    });
  });

  describe('over a Redis with a replica', () => {
    let replica: ThrowawayRedis | undefined;
    afterEach(async () => {
      await replica?.stop();
      replica = undefined;
    });
    async function startReplica(): Promise<ThrowawayRedis> {
      replica = await startRedis(['--replicaof', '127.0.0.1', String(server.port)]);
      await eventually('the replica follows', async () => (await reader.call('WAIT', 1, 50)) === 1, 20_000);
      return replica;
    }

    it('does not acknowledge what no replica holds; sent again, it is the same run', async () => {
      const impatient = await openStore(server.port, { replicas: 1, waitMs: 50, deadlineMs: 300 });
      await expect(impatient.create(newRun('r1'))).rejects.toMatchObject({
        code: 'LUM_NOT_DURABLE',
        status: 503,
        isRetryable: true,
      });
      await startReplica();
      const store = await openStore(server.port, replicated);
      expect(await store.create(newRun('r1'))).toEqual({ kind: 'exists', v: 1 });
      expect(await store.runsOfThread(thread)).toEqual(['r1']);
    });

    it('does not acknowledge what its replica is too busy to hold', async () => {
      const { pid } = await startReplica();
      const store = await openStore(server.port, replicated);
      await store.create(newRun('r1'));
      const impatient = await openStore(server.port, { replicas: 1, waitMs: 50, deadlineMs: 300 });
      process.kill(pid, 'SIGSTOP');
      try {
        await expect(impatient.create(newRun('r2'))).rejects.toMatchObject({ code: 'LUM_NOT_DURABLE' });
        // The repeat writes, so that its WAIT is not vacuous: it must not be acknowledged either.
        await expect(impatient.create(newRun('r2'))).rejects.toMatchObject({ code: 'LUM_NOT_DURABLE' });
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      expect(await store.create(newRun('r2'))).toMatchObject({ kind: 'exists' });
      expect(await store.newestRuns('acme', 10)).toEqual(['r2', 'r1']);
    });

    it('sends 500 concurrent creations in a few pipelines', async () => {
      await startReplica();
      const store = await openStore(server.port, replicated);
      await store.create(newRun('warm'));
      await reader.config('RESETSTAT');
      const names = Array.from({ length: 500 }, (_, index) => `r${index}`);
      const outcomes = await Promise.all(names.map((name) => store.create(ownThread(name))));
      expect(outcomes.every(({ kind }) => kind === 'created')).toBe(true);
      const waits = await calls('wait');
      expect(waits).toBeGreaterThan(0);
      expect(waits).toBeLessThanOrEqual(25);
    });
  });
});
