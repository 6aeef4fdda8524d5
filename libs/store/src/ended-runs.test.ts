import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ThrowawayRedis, startRedis } from '@lumina/testing';
import { claim, newRun, pause, succeeded } from './testing/fixtures';
import { StoreBench } from './testing/store-bench';

describe('EndedRuns', () => {
  let server: ThrowawayRedis;
  let bench: StoreBench;
  beforeAll(async () => {
    server = await startRedis();
    bench = await StoreBench.on(server.port);
  });
  beforeEach(() => bench.clear());
  afterAll(async () => {
    bench.close();
    await server.stop();
  });

  async function end(run: string, after?: { webhook: string }): Promise<void> {
    await bench.store.create(newRun(run, { thread: `t-${run}`, ...(after === undefined ? {} : { after }) }));
    const { lease } = await claim(bench.store, run, 'step:1');
    expect(await bench.endedRuns.isAnyDue()).toBe(false);
    await bench.store.commit(lease, { facts: [succeeded(run)], status: 'succeeded', open: [] });
  }

  it('hands out a run that has ended and has something left to do, and no other', async () => {
    await end('r1');
    await end('r2', { webhook: 'http://x' });
    expect(await bench.endedRuns.isAnyDue()).toBe(true);
    expect(await bench.endedRuns.take(10, 5_000)).toEqual([{ run: 'r2', taken: 1, isTold: false }]);
    expect(await bench.endedRuns.take(10, 5_000)).toEqual([]);
    expect((await bench.store.run('r2'))?.after).toEqual({ webhook: 'http://x' });
  });

  it('hands it out again to others when whoever took it falls silent', async () => {
    await end('r1', { webhook: 'http://x' });
    await bench.endedRuns.take(10, 20);
    await pause(40);
    expect(await bench.endedRuns.take(10, 5_000)).toEqual([{ run: 'r1', taken: 2, isTold: false }]);
  });

  it('forgets what is settled, and waits for what is put off', async () => {
    await end('r1', { webhook: 'http://x' });
    await bench.endedRuns.take(10, 5_000);
    await bench.endedRuns.settle({ run: 'r1', againMs: 0 });
    expect(await bench.endedRuns.take(10, 5_000)).toEqual([{ run: 'r1', taken: 2, isTold: false }]);
    await bench.endedRuns.settle({ run: 'r1', againMs: undefined });
    expect(await bench.redis.exists('lum:{s0}:after')).toBe(0);
  });

  it('keeps for the tenant what could not be done, until it is begun anew', async () => {
    await end('r1', { webhook: 'http://x' });
    await bench.endedRuns.take(10, 5_000);
    await bench.endedRuns.settle({ run: 'r1', againMs: undefined, dead: '{"run":"r1"}' });
    expect(await bench.endedRuns.dead('acme', 10)).toEqual(['{"run":"r1"}']);
    expect(await bench.endedRuns.dead('rival', 10)).toEqual([]);
    expect(await bench.endedRuns.again('r1')).toBe(true);
    expect(await bench.endedRuns.dead('acme', 10)).toEqual([]);
    expect(await bench.endedRuns.take(10, 5_000)).toEqual([{ run: 'r1', taken: 1, isTold: false }]);
  });

  it('remembers that a run was told, until it is begun anew', async () => {
    await end('r1', { webhook: 'http://x' });
    await bench.endedRuns.take(10, 5_000);
    await bench.endedRuns.settle({ run: 'r1', againMs: 0, isTold: true });
    expect(await bench.endedRuns.take(10, 5_000)).toEqual([{ run: 'r1', taken: 2, isTold: true }]);
    await bench.endedRuns.again('r1');
    expect(await bench.endedRuns.take(10, 5_000)).toEqual([{ run: 'r1', taken: 1, isTold: false }]);
  });

  it('keeps the first secret that is made', async () => {
    expect(await bench.endedRuns.secret('one')).toBe('one');
    expect(await bench.endedRuns.secret('two')).toBe('one');
  });

  it('knows nothing of runs that were removed', async () => {
    await end('r1', { webhook: 'http://x' });
    await bench.redis.del('lum:{s0}:run:r1');
    expect(await bench.endedRuns.take(10, 5_000)).toEqual([]);
    expect(await bench.endedRuns.again('r1')).toBe(false);
    await bench.endedRuns.settle({ run: 'r1', againMs: 5 });
    expect(await bench.endedRuns.isAnyDue()).toBe(false);
  });
});
