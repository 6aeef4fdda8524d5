import { beforeEach, describe, expect, it } from '@jest/globals';
import type { NewRun, RunStore } from '../run-store';
import { type Bench, claim, newRun, pause, succeeded, thread, toolAnswered } from './fixtures';

/** What every run store must do when people step in. */
export function interventionSuite(open: () => Promise<Bench>): void {
  let store: RunStore;

  beforeEach(async () => {
    store = (await open()).store;
    await store.putAgent('d1', '{"name":"lumina"}');
  });

  describe('intervene', () => {
    const asking = {
      facts: [],
      status: 'running',
      open: [{ item: 'ask:1.0', data: '', lookAtMs: Date.now() + 60_000 }],
    } as const;

    it('settles what nobody holds, for exactly the version that was read', async () => {
      await store.create(newRun('r1'));
      const { lease } = await claim(store, 'r1', 'step:1');
      expect(await store.commit(lease, asking)).toMatchObject({ kind: 'committed', v: 2, opened: [] });
      const open = [{ item: 'call:1.0~1', data: '{}' }];
      const decision = {
        run: 'r1',
        kind: 'decide',
        facts: [toolAnswered('r1', 'x')],
        status: 'running',
        close: ['ask:1.0'],
        open,
      } as const;
      expect(await store.intervene({ ...decision, v: 1 })).toEqual({ kind: 'conflict', v: 2 });
      expect(await store.intervene({ ...decision, v: 2 })).toEqual({
        kind: 'committed',
        v: 3,
        opened: [{ run: 'r1', item: 'call:1.0~1', v: 3, place: 1 }],
      });
      expect(await store.intervene({ ...decision, v: 2 })).toEqual({ kind: 'conflict', v: 3 });
      expect((await store.run('r1'))?.items.filter(({ isOpen }) => isOpen)).toMatchObject([
        { item: 'call:1.0~1' },
      ]);
      expect(await store.intervene({ ...decision, run: 'nobody', v: 0 })).toEqual({ kind: 'missing' });
    });

    it('an item that is looked at later is not rung for, and is swept in its time', async () => {
      await store.create(newRun('r1'));
      const { lease } = await claim(store, 'r1', 'step:1');
      const soon = { ...asking, open: [{ item: 'ask:1.0', data: '', lookAtMs: Date.now() + 1_500 }] };
      await store.commit(lease, soon);
      expect(await store.sweep(10)).toEqual([]);
      await pause(1_600);
      expect(await store.sweep(10)).toMatchObject([{ item: 'ask:1.0' }]);
    });

    it('a step gives way to a question about budget, and comes again under another name', async () => {
      await store.create(newRun('r1'));
      const { lease } = await claim(store, 'r1', 'step:1');
      const open = [{ item: 'budget:1', data: '', lookAtMs: Date.now() + 60_000 }];
      await store.commit(lease, { facts: [], status: 'running', open, nextItem: '' });
      expect(await store.sweep(10)).toEqual([]);
      const grant = {
        run: 'r1',
        v: 2,
        kind: 'decide',
        facts: [],
        status: 'running',
        close: ['budget:1'],
        open: [],
        nextItem: 'step:1~1',
      } as const;
      expect(await store.intervene(grant)).toMatchObject({ opened: [{ run: 'r1', item: 'step:1~1', v: 3 }] });
      expect(await store.claim({ run: 'r1', item: 'step:1' }, 'w', 1_000)).toEqual({ kind: 'stale' });
      expect((await claim(store, 'r1', 'step:1~1')).lease.epoch).toBe(1);
    });

    it('a question that is put in a run that was cancelled meanwhile is looked at at once', async () => {
      await store.create(newRun('r1'));
      const { lease } = await claim(store, 'r1', 'step:1');
      const cancel = { run: 'r1', v: 1, kind: 'cancel', facts: [], status: 'running', open: [] } as const;
      await store.intervene(cancel);
      const open = [{ item: 'budget:1', data: '', lookAtMs: Date.now() + 60_000 }];
      await store.commit(lease, { facts: [], status: 'running', open, nextItem: '' });
      await pause(5);
      expect(await store.sweep(10)).toMatchObject([{ item: 'budget:1' }]);
    });

    it('a cancellation reaches the holder with its next renewal', async () => {
      await store.create(newRun('r1'));
      const { lease } = await claim(store, 'r1', 'step:1');
      const cancel = { run: 'r1', v: 1, kind: 'cancel', facts: [], status: 'running', open: [] } as const;
      expect(await store.intervene(cancel)).toMatchObject({ kind: 'committed', v: 2 });
      expect(await store.renew(lease, { leaseMs: 5_000, number: 1 })).toMatchObject({ isCancelled: true });
      expect(await store.run('r1')).toMatchObject({ isCancelled: true, status: 'running' });
    });

    it('a question that is put while the run is cancelled is looked at at once', async () => {
      await store.create(newRun('r1'));
      const { lease } = await claim(store, 'r1', 'step:1');
      await store.intervene({ run: 'r1', v: 1, kind: 'cancel', facts: [], status: 'running', open: [] });
      await store.commit(lease, asking);
      expect(await store.sweep(10)).toMatchObject([{ item: 'ask:1.0' }]);
    });

    it('takes a run that waits for its thread out of the line, and leaves the thread to the others', async () => {
      for (const run of ['r1', 'r2', 'r3']) await store.create(newRun(run));
      const cancel = { run: 'r2', v: 0, kind: 'cancel', facts: [], status: 'cancelled', open: [] } as const;
      expect(await store.intervene(cancel)).toEqual({ kind: 'committed', v: 1, opened: [] });
      expect(await store.thread(thread)).toMatchObject({ activeRun: 'r1' });
      const { lease } = await claim(store, 'r1', 'step:1');
      const ended = await store.commit(lease, { facts: [succeeded('r1')], status: 'succeeded', open: [] });
      expect(ended).toMatchObject({ opened: [{ run: 'r3', item: 'step:1' }] });
    });
  });

  describe('caps', () => {
    const threads = ['a', 'b', 'c', 'd'].map((digit) => `${digit.repeat(8)}-1111-4111-8111-111111111111`);
    const create = (run: string, index: number, caps: NewRun['caps'], agent = 'lumina') => {
      const base = newRun(run, { thread: threads[index] ?? '', caps });
      return store.create({ ...base, accepted: { ...base.accepted, agent } });
    };
    const end = async (run: string) => {
      const { lease } = await claim(store, run, 'step:1');
      return store.commit(lease, { facts: [succeeded(run)], status: 'succeeded', open: [] });
    };

    it("a tenant's runs beyond its cap wait in line, and start in order of arrival as others end", async () => {
      const caps = { ofTenant: 1, ofAgent: 0 };
      expect(await create('r1', 0, caps)).toMatchObject({ isStarted: true });
      expect(await create('r2', 1, caps)).toMatchObject({ isStarted: false });
      expect(await create('r3', 2, caps)).toMatchObject({ isStarted: false });
      expect(await store.run('r2')).toMatchObject({ status: 'queued', start: undefined });
      expect(await store.thread(threads[1] ?? '')).toMatchObject({ activeRun: 'r2' });
      expect(await end('r1')).toMatchObject({ opened: [{ run: 'r2', item: 'step:1', v: 1 }] });
      expect(await end('r2')).toMatchObject({ opened: [{ run: 'r3' }] });
      expect(await end('r3')).toMatchObject({ opened: [] });
      expect(await store.create(newRun('r4', { thread: threads[3] ?? '', caps }))).toMatchObject({
        isStarted: true,
      });
    });

    it("an agent's cap holds back its own runs and no others", async () => {
      const caps = { ofTenant: 0, ofAgent: 1 };
      await create('r1', 0, caps);
      expect(await create('r2', 1, caps)).toMatchObject({ isStarted: false });
      expect(await create('r3', 2, caps, 'other')).toMatchObject({ isStarted: true });
      expect(await end('r3')).toMatchObject({ opened: [] });
      expect(await end('r1')).toMatchObject({ opened: [{ run: 'r2' }] });
    });

    it("another tenant's runs are not held back", async () => {
      const caps = { ofTenant: 1, ofAgent: 1 };
      await create('r1', 0, caps);
      const rival = newRun('q1', { thread: threads[1] ?? '', tenant: 'rival', caps });
      expect(await store.create(rival)).toMatchObject({ isStarted: true });
    });

    it('a run that is cancelled in line leaves it, and its thread, to the others', async () => {
      const caps = { ofTenant: 1, ofAgent: 0 };
      await create('r1', 0, caps);
      await create('r2', 1, caps);
      await create('r3', 1, caps);
      const cancel = { run: 'r2', v: 0, kind: 'cancel', facts: [], status: 'cancelled', open: [] } as const;
      expect(await store.intervene(cancel)).toMatchObject({ kind: 'committed', opened: [] });
      expect(await store.thread(threads[1] ?? '')).toMatchObject({ activeRun: 'r3' });
      expect(await end('r1')).toMatchObject({ opened: [{ run: 'r3' }] });
      expect(await end('r3')).toMatchObject({ opened: [] });
    });
  });

  describe('hide', () => {
    it('marks a run, however often, and leaves what was said', async () => {
      await store.create(newRun('r1'));
      expect((await store.run('r1'))?.isHidden).toBeUndefined();
      expect([await store.hide('r1'), await store.hide('r1')]).toEqual(['hidden', 'hidden']);
      expect((await store.run('r1'))?.isHidden).toBe(true);
      expect(await store.journal(thread)).toHaveLength(1);
    });

    it('knows no run that there is not, and makes none', async () => {
      expect(await store.hide('nobody')).toBe('missing');
      expect(await store.run('nobody')).toBeUndefined();
    });
  });

  describe('a run that waits for its turn', () => {
    it('is read with its first fact, which is in no journal yet', async () => {
      await store.create(newRun('r1'));
      const waiting = newRun('r2');
      await store.create(waiting);
      expect((await store.run('r2'))?.accepted).toEqual(waiting.accepted);
      expect((await store.run('r1'))?.accepted).toBeUndefined();
    });
  });

  describe('annotate', () => {
    const fact = { run: '', at: 3, type: 'thread.updated', messages: [] } as const;
    const annotation = { thread, tenant: 'acme', journalLength: 0, fact: { ...fact, messages: [] } };

    it('changes a thread in which nothing runs, for exactly the journal that was read', async () => {
      await store.createThread({ thread, tenant: 'acme', metadata: {} });
      expect(await store.annotate(annotation)).toEqual({ kind: 'annotated', position: 1 });
      expect(await store.annotate(annotation)).toEqual({ kind: 'conflict' });
      expect(await store.annotate({ ...annotation, tenant: 'rival', journalLength: 1 })).toEqual({
        kind: 'thread-missing',
      });
      await store.create(newRun('r1'));
      expect(await store.annotate({ ...annotation, journalLength: 2 })).toEqual({
        kind: 'thread-busy',
        activeRun: 'r1',
      });
    });
  });
}
