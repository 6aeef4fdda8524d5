import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ThrowawayRedis, startRedis } from '@lumina/testing';
import { labelOf } from './labels';
import { claim, newRun, succeeded, thread } from './testing/fixtures';
import { StoreBench } from './testing/store-bench';

const acme = { tenant: 'acme', label: undefined };
const all = { from: 0, count: 100, isAscending: false };

describe('ThreadDirectory', () => {
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

  const finish = async (run: string, facts = [succeeded(run)]): Promise<void> => {
    const { lease } = await claim(bench.store, run, 'step:1');
    await bench.store.commit(lease, { facts, status: 'succeeded', open: [] });
  };
  const create = (id: string, metadata: Record<string, unknown> = {}, tenant = 'acme') =>
    bench.store.createThread({ thread: id, tenant, metadata });
  const found = (label?: string) => bench.threads.page({ tenant: 'acme', label }, all);
  const read = async (id: string) => {
    const snapshot = await bench.store.thread(id);
    if (snapshot === undefined) throw new Error(`no thread ${id}`);
    return snapshot;
  };

  describe('finds', () => {
    it("a tenant's threads, by the time of their creation, in pages", async () => {
      for (const id of ['a', 'b', 'c']) {
        await create(id);
        await bench.redis.zadd('lum:{s0}:threads:acme', id.charCodeAt(0), id);
      }
      await create('foreign', {}, 'rival');
      expect(await found()).toEqual(['c', 'b', 'a']);
      expect(await bench.threads.page(acme, { from: 1, count: 1, isAscending: true })).toEqual(['b']);
      expect(await bench.threads.size(acme)).toBe(3);
    });

    it('those that carry a text, a number or a flag', async () => {
      await create('a', { project: 'x', size: 3, isGood: true, deep: { project: 'x' } });
      await create('b', { project: 'y' });
      expect(await found(labelOf('project', 'x'))).toEqual(['a']);
      expect(await found(labelOf('size', 3))).toEqual(['a']);
      expect(await found(labelOf('isGood', true))).toEqual(['a']);
      expect(await found(labelOf('size', '3'))).toEqual([]);
    });

    it('a thread by the agent that worked in it, whoever made the thread', async () => {
      await create(thread);
      await bench.store.create(newRun('r1'));
      await bench.store.create(newRun('r2', { thread: 't2', threadMetadata: { project: 'x' } }));
      const label = labelOf('graph_id', 'lumina');
      expect([...(await found(label))].sort()).toEqual([thread, 't2'].sort());
      expect(await found(labelOf('project', 'x'))).toEqual(['t2']);
    });

    it("neither subagents' threads nor those that are removed with their run", async () => {
      await bench.store.create(newRun('r1', { thread: 't1', isListed: false }));
      await bench.store.create(newRun('r2', { thread: 't2', after: { forgetMs: 5 } }));
      expect(await found()).toEqual([]);
      expect(await bench.store.newestRuns('acme', 10)).toEqual(['r2']);
    });

    it('the last fact of each', async () => {
      await bench.store.create(newRun('r1'));
      await finish('r1');
      const facts = await bench.threads.lastFacts([thread, 'nowhere']);
      expect(facts).toEqual([succeeded('r1'), undefined]);
    });

    it('the runs of one, newest first, in pages', async () => {
      for (const run of ['r1', 'r2', 'r3']) await bench.store.create(newRun(run));
      expect(await bench.threads.runs(thread, 0, 2)).toEqual(['r3', 'r2']);
      expect(await bench.threads.runs(thread, 2, 2)).toEqual(['r1']);
      expect(await bench.threads.runs(thread, 3, 2)).toEqual([]);
    });
  });

  describe('relabel', () => {
    it('moves a thread from the labels that it had to those that it has', async () => {
      await create('a', { project: 'x', kept: 1 });
      const before = await read('a');
      expect(await bench.threads.relabel(before, { project: 'y', kept: 1 })).toBe('relabelled');
      expect(await found(labelOf('project', 'x'))).toEqual([]);
      expect(await found(labelOf('project', 'y'))).toEqual(['a']);
      expect(await found(labelOf('kept', 1))).toEqual(['a']);
      expect((await read('a')).metadata).toEqual({ project: 'y', kept: 1 });
    });

    it('tells whoever read older metadata, and answers a repeat alike', async () => {
      await create('a', { n: 1 });
      const before = await read('a');
      await bench.threads.relabel(before, { n: 2 });
      expect(await bench.threads.relabel(before, { n: 2 })).toBe('relabelled');
      expect(await bench.threads.relabel(before, { n: 3 })).toBe('conflict');
      expect(await bench.threads.relabel({ ...before, tenant: 'rival' }, { n: 3 })).toBe('missing');
    });
  });

  it("reads a thread's journal on from where it was read", async () => {
    await bench.store.create(newRun('r1'));
    const begun = await bench.threads.entriesAfter(thread, 0);
    expect(begun).toMatchObject([{ position: 1, fact: { type: 'run.accepted' } }]);
    expect(await bench.threads.entriesAfter(thread, 1)).toEqual([]);
    await finish('r1');
    expect(await bench.threads.entriesAfter(thread, 1)).toMatchObject([
      { position: 2, fact: { type: 'run.succeeded' } },
    ]);
    expect(await bench.threads.entriesAfter('nowhere', 0)).toEqual([]);
  });

  describe('copy', () => {
    const copy = (to = 'copy') =>
      bench.threads.copy({ from: thread, to, tenant: 'acme', metadata: { a: 1 }, agent: 'lumina' });

    it('takes what the thread has settled, and is found like any other', async () => {
      await bench.store.create(newRun('r1'));
      await finish('r1');
      expect(await copy()).toBe('copied');
      expect(await bench.store.journal('copy')).toEqual(await bench.store.journal(thread));
      expect(await found(labelOf('a', 1))).toEqual(['copy']);
      expect(await found(labelOf('graph_id', 'lumina'))).toContain('copy');
      expect(await bench.store.runsOfThread('copy')).toEqual([]);
      expect(await copy()).toBe('exists');
    });

    it('leaves out the run that is under way', async () => {
      await bench.store.create(newRun('r1'));
      await copy('empty');
      expect(await bench.store.journal('empty')).toEqual([]);
      await finish('r1');
      await bench.store.create(newRun('r2'));
      await copy();
      expect(await bench.store.journal('copy')).toHaveLength(2);
      expect((await read('copy')).activeRun).toBeUndefined();
    });

    it("does not reach another tenant's thread", async () => {
      await create(thread, {}, 'rival');
      expect(await copy()).toBe('missing');
      expect(await bench.store.thread('copy')).toBeUndefined();
    });
  });

  describe('forget', () => {
    it('leaves nothing of a thread', async () => {
      await create(thread, { project: 'x' });
      await bench.store.create(newRun('r1', { after: { webhook: 'http://x' } }));
      await finish('r1');
      expect(await bench.threads.forget(await read(thread))).toBe('forgotten');
      expect(await bench.keys()).toEqual([]);
    });

    it('is refused while a run is under way, or waits', async () => {
      await bench.store.create(newRun('r1'));
      expect(await bench.threads.forget(await read(thread))).toBe('busy');
      expect(await bench.store.journal(thread)).toHaveLength(1);
    });

    it("does not reach another tenant's, and answers a repeat", async () => {
      await create(thread);
      const snapshot = await read(thread);
      expect(await bench.threads.forget({ ...snapshot, tenant: 'rival' })).toBe('missing');
      await bench.threads.forget(snapshot);
      expect(await bench.threads.forget(snapshot)).toBe('missing');
    });

    it('removes the record of one run and leaves what it said', async () => {
      await bench.store.create(newRun('r1'));
      const snapshot = await read(thread);
      expect(await bench.threads.forget(snapshot, 'r1')).toBe('busy');
      await finish('r1');
      expect(await bench.threads.forget(snapshot, 'elsewhere')).toBe('missing');
      expect(await bench.threads.forget(snapshot, 'r1')).toBe('forgotten');
      expect(await bench.store.run('r1')).toBeUndefined();
      expect(await bench.store.runsOfThread(thread)).toEqual([]);
      expect(await bench.store.journal(thread)).toHaveLength(2);
    });
  });
});
