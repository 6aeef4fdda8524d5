import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { RunStore } from '../run-store';
import {
  type Bench,
  accepted,
  claim,
  newRun,
  pause,
  succeeded,
  thread,
  times,
  toolAnswered,
} from './fixtures';

/** What every run store must do, whatever it keeps its runs in. */
export function runStoreSuite(open: () => Promise<Bench>): void {
  let bench: Bench;
  let store: RunStore;

  beforeEach(async () => {
    bench = await open();
    store = bench.store;
    await store.putAgent('d1', '{"name":"lumina"}');
  });

  const closing = async (): Promise<void> => bench.close();
  afterAll(closing);

  describe('create', () => {
    it('starts the run: its first fact, its first step, its thread', async () => {
      expect(await store.create(newRun('r1'))).toEqual({
        kind: 'created',
        v: 1,
        isStarted: true,
        place: 1,
        isHanded: false,
      });
      expect(await store.run('r1')).toMatchObject({
        status: 'running',
        v: 1,
        start: 1,
        lastSeq: 1,
        tenant: 'acme',
      });
      expect(await store.thread(thread)).toMatchObject({
        tenant: 'acme',
        activeRun: 'r1',
        metadata: { from: 'test' },
      });
      expect(await store.journal(thread)).toEqual([{ position: 1, fact: accepted('r1') }]);
      expect(await store.newestRuns('acme', 10)).toEqual(['r1']);
    });

    it('answers a repeat the same and accepts nothing twice', async () => {
      await store.create(newRun('r1'));
      expect(await store.create(newRun('r1'))).toEqual({ kind: 'exists', v: 1 });
      expect(await store.journal(thread)).toHaveLength(1);
      expect(await store.runsOfThread(thread)).toEqual(['r1']);
    });

    it('refuses the same run id with another request, or of another tenant', async () => {
      await store.create(newRun('r1'));
      expect(await store.create(newRun('r1', { requestDigest: 'other' }))).toEqual({ kind: 'mismatch' });
      expect(await store.create(newRun('r1', { tenant: 'rival' }))).toEqual({ kind: 'mismatch' });
    });

    it("does not show that another tenant's thread exists", async () => {
      await store.create(newRun('r1'));
      expect(await store.create(newRun('r2', { tenant: 'rival' }))).toEqual({ kind: 'thread-missing' });
      expect(await store.createThread({ thread, tenant: 'rival', metadata: {} })).toBe('foreign');
    });

    it('requires a thread where the caller does', async () => {
      expect(await store.create(newRun('r1', { ifThreadMissing: 'require' }))).toEqual({
        kind: 'thread-missing',
      });
      expect(await store.createThread({ thread, tenant: 'acme', metadata: {} })).toBe('created');
      expect(await store.createThread({ thread, tenant: 'acme', metadata: {} })).toBe('exists');
      expect(await store.create(newRun('r1', { ifThreadMissing: 'require' }))).toMatchObject({
        kind: 'created',
      });
    });

    it('answers a creation that is asked for again under its name as the first time', async () => {
      const creation = { thread, tenant: 'acme', metadata: {}, creation: 'one' };
      const [first, again] = await Promise.all([store.createThread(creation), store.createThread(creation)]);
      expect([first, again]).toEqual(['created', 'created']);
      expect(await store.createThread({ ...creation, creation: 'other' })).toBe('exists');
      expect(await store.createThread({ ...creation, tenant: 'rival' })).toBe('foreign');
    });

    it('asks for the definition of an agent that it does not hold, and leaves no trace', async () => {
      const run = newRun('r1', { accepted: { ...accepted('r1'), agentDigest: 'unknown' } });
      expect(await store.create(run)).toEqual({ kind: 'agent-missing' });
      expect(await store.run('r1')).toBeUndefined();
      expect(await store.thread(thread)).toBeUndefined();
    });

    it('lets a second run of a busy thread wait, or refuses it, as asked', async () => {
      await store.create(newRun('r1'));
      expect(await store.create(newRun('r2', { ifThreadBusy: 'reject' }))).toEqual({
        kind: 'thread-busy',
        activeRun: 'r1',
      });
      expect(await store.create(newRun('r2'))).toMatchObject({ kind: 'created', v: 0, isStarted: false });
      expect(await store.run('r2')).toMatchObject({ status: 'queued', start: undefined, items: [] });
      expect(await store.claim({ run: 'r2', item: 'step:1' }, 'w', 1_000)).toEqual({ kind: 'stale' });
    });
  });

  describe('claim', () => {
    it('hands an item to one claimant, with the journal', async () => {
      await store.create(newRun('r1'));
      const claimed = await claim(store, 'r1', 'step:1');
      expect(claimed).toMatchObject({
        lease: { epoch: 1, owner: 'w1' },
        v: 1,
        thread,
        tenant: 'acme',
        agentDigest: 'd1',
      });
      expect(claimed.journal.map(({ fact }) => fact.type)).toEqual(['run.accepted']);
      expect(await store.claim({ run: 'r1', item: 'step:1' }, 'w2', 1_000)).toMatchObject({
        kind: 'busy',
        owner: 'w1',
      });
    });

    it('answers a claim that is sent again the same', async () => {
      await store.create(newRun('r1'));
      await claim(store, 'r1', 'step:1');
      expect((await claim(store, 'r1', 'step:1')).lease.epoch).toBe(1);
    });

    it('lets another take over after the lease, and fences out the first', async () => {
      await store.create(newRun('r1'));
      const first = await store.claim({ run: 'r1', item: 'step:1' }, 'w1', 30);
      await pause(60);
      const second = await claim(store, 'r1', 'step:1', 'w2');
      expect(second.lease.epoch).toBe(2);
      if (first.kind !== 'claimed') throw new Error('not claimed');
      const { lease } = first.claimed;
      const end = { facts: [succeeded('r1')], status: 'succeeded', open: [] } as const;
      expect(await store.commit(lease, end)).toEqual({ kind: 'lost' });
      expect(await store.renew(lease, { leaseMs: 1_000, number: 1 })).toEqual({ kind: 'lost' });
      expect(await store.commit(second.lease, end)).toMatchObject({ kind: 'committed' });
      expect(await store.journal(thread)).toHaveLength(2);
    });

    it('knows nothing of items that were never opened', async () => {
      await store.create(newRun('r1'));
      expect(await store.claim({ run: 'r1', item: 'step:2' }, 'w', 1_000)).toEqual({ kind: 'stale' });
      expect(await store.claim({ run: 'nobody', item: 'step:1' }, 'w', 1_000)).toEqual({ kind: 'stale' });
    });
  });

  describe('renew', () => {
    it('keeps the lease and shows events once, however often it is sent', async () => {
      await store.create(newRun('r1'));
      const { lease } = await claim(store, 'r1', 'step:1');
      const events = [{ type: 'delta', messageId: 'm', text: 'Hel' } as const];
      const renewal = { leaseMs: 5_000, number: 1, partialMessageId: 'm', events };
      expect(await store.renew(lease, renewal)).toMatchObject({
        kind: 'renewed',
        lastSeq: 2,
        isCancelled: false,
      });
      expect(await store.renew(lease, renewal)).toMatchObject({
        kind: 'renewed',
        lastSeq: 2,
        isCancelled: false,
      });
      expect(await store.events('r1', 1)).toEqual({ kind: 'events', events: [{ seq: 2, event: events[0] }] });
    });

    it('tells the next holder of the message that was left half-way', async () => {
      await store.create(newRun('r1'));
      const { lease } = await claim(store, 'r1', 'step:1');
      const event = { type: 'delta', messageId: 'm', text: 'Hel' } as const;
      await store.renew(lease, { leaseMs: 10, number: 1, partialMessageId: 'm', events: [event] });
      await pause(30);
      expect((await claim(store, 'r1', 'step:1', 'w2')).partialMessageId).toBe('m');
    });

    it("shows the next holder's events too, however many renewals there were before", async () => {
      await store.create(newRun('r1'));
      const event = { type: 'delta', messageId: 'm', text: 'x' } as const;
      const { lease } = await claim(store, 'r1', 'step:1');
      for (const number of [1, 2, 3]) await store.renew(lease, { leaseMs: 10, number, events: [event] });
      await pause(30);
      const next = await claim(store, 'r1', 'step:1', 'w2');
      expect(next.mayHaveBegun).toBe(true);
      expect(await store.renew(next.lease, { leaseMs: 5_000, number: 1, events: [event] })).toMatchObject({
        lastSeq: 5,
      });
    });

    it('knows whether an item that was given back may have been begun', async () => {
      await store.create(newRun('r1'));
      const first = await claim(store, 'r1', 'step:1');
      expect(first.mayHaveBegun).toBe(false);
      await store.renew(first.lease, { leaseMs: 0, lookAgainMs: 0, number: 1, mayHaveBegun: false });
      const second = await claim(store, 'r1', 'step:1', 'w2');
      expect(second.mayHaveBegun).toBe(false);
      await store.renew(second.lease, { leaseMs: 0, lookAgainMs: 0, number: 1, mayHaveBegun: true });
      expect((await claim(store, 'r1', 'step:1', 'w3')).mayHaveBegun).toBe(true);
    });

    it('gives an item back to whoever comes next', async () => {
      await store.create(newRun('r1'));
      const { lease } = await claim(store, 'r1', 'step:1');
      await store.renew(lease, { leaseMs: 0, lookAgainMs: 0, number: 1 });
      expect((await claim(store, 'r1', 'step:1', 'w2')).lease.epoch).toBe(2);
    });
  });

  describe('commit', () => {
    const calls = [
      { item: 'call:1.0', data: '{"tool":"a"}' },
      { item: 'call:1.1', data: '{"tool":"b"}' },
    ];

    it('tells the place of each item as it is then, also when the commit itself starts a run', async () => {
      await store.create(newRun('r1'));
      await store.create(newRun('r2'));
      const { lease } = await claim(store, 'r1', 'step:1');
      const open = [{ item: 'step:9', data: '' }];
      const commit = { facts: [succeeded('r1')], status: 'succeeded', open } as const;
      expect(await store.commit(lease, commit)).toMatchObject({
        opened: [
          { run: 'r1', item: 'step:9', place: 0 },
          { run: 'r2', item: 'step:1', place: 1 },
        ],
      });
    });

    it('opens what follows, and the next step when the last call is in', async () => {
      await store.create(newRun('r1'));
      const step = await claim(store, 'r1', 'step:1');
      const committed = await store.commit(step.lease, {
        facts: [],
        status: 'running',
        open: calls,
        nextItem: 'step:2',
      });
      expect(committed).toEqual({
        kind: 'committed',
        v: 2,
        isStepHanded: false,
        opened: [
          { run: 'r1', item: 'call:1.0', v: 2, place: 1 },
          { run: 'r1', item: 'call:1.1', v: 2, place: 1 },
        ],
      });
      const a = await claim(store, 'r1', 'call:1.0');
      const b = await claim(store, 'r1', 'call:1.1');
      expect(a.data).toBe('{"tool":"a"}');
      const answer = (id: string) =>
        ({ facts: [toolAnswered('r1', id)], status: 'running', open: [], nextItem: 'step:2' }) as const;
      expect(await store.commit(b.lease, answer('b'))).toMatchObject({ kind: 'committed', v: 3, opened: [] });
      expect(await store.commit(a.lease, answer('a'))).toMatchObject({
        kind: 'committed',
        v: 4,
        opened: [{ run: 'r1', item: 'step:2', v: 4, place: 1 }],
      });
      expect((await store.journal(thread)).map(({ position }) => position)).toEqual([1, 2, 3]);
    });

    it('answers a repeat with the version that it made, and changes nothing', async () => {
      await store.create(newRun('r1'));
      const { lease } = await claim(store, 'r1', 'step:1');
      const commit = { facts: [toolAnswered('r1', 'x')], status: 'running', open: calls } as const;
      await store.commit(lease, commit);
      expect(await store.commit(lease, commit)).toEqual({ kind: 'repeated', v: 2 });
      expect(await store.journal(thread)).toHaveLength(2);
      expect((await store.run('r1'))?.lastSeq).toBe(2);
    });

    it('frees the thread for the next run, in order of arrival', async () => {
      await store.create(newRun('r1'));
      await store.create(newRun('r2'));
      await store.create(newRun('r3'));
      const { lease } = await claim(store, 'r1', 'step:1');
      const ended = await store.commit(lease, { facts: [succeeded('r1')], status: 'succeeded', open: [] });
      expect(ended).toMatchObject({ opened: [{ run: 'r2', item: 'step:1', v: 1 }] });
      expect(await store.thread(thread)).toMatchObject({ activeRun: 'r2' });
      expect(await store.run('r2')).toMatchObject({ status: 'running', start: 3 });
      expect((await claim(store, 'r2', 'step:1')).journal).toHaveLength(3);
    });

    it("answers the parent's call when a subagent ends", async () => {
      const parentThread = '22222222-2222-4222-8222-222222222222';
      await store.create(newRun('p', { thread: parentThread }));
      const step = await claim(store, 'p', 'step:1');
      await store.commit(step.lease, {
        facts: [],
        status: 'running',
        open: [{ item: 'child:1.0', data: '{}' }],
      });
      await store.create(newRun('c', { isListed: false }));
      const { lease } = await claim(store, 'c', 'step:1');
      const parent = {
        run: 'p',
        thread: parentThread,
        item: 'child:1.0',
        fact: toolAnswered('p', 'x'),
        nextItem: 'step:2',
      };
      const ended = await store.commit(lease, {
        facts: [succeeded('c')],
        status: 'succeeded',
        open: [],
        parent,
      });
      expect(ended).toMatchObject({ opened: [{ run: 'p', item: 'step:2', v: 3 }] });
      expect((await store.journal(parentThread)).map(({ fact }) => fact.type)).toEqual([
        'run.accepted',
        'tool.answered',
      ]);
      expect(await store.events('p', 0)).toMatchObject({ events: [{ seq: 1 }, { seq: 2 }] });
      expect(await store.newestRuns('acme', 10)).toEqual(['p']);
    });
  });

  describe('sweep', () => {
    it('hands an item whose doorbell was lost to one sweeper, later and later', async () => {
      await store.create(newRun('r1'));
      expect(await store.sweep(10)).toEqual([]);
      await pause(times.ringGraceMs + 20);
      expect(await store.sweep(10)).toMatchObject([{ run: 'r1', item: 'step:1', v: 1, cause: 'doorbell' }]);
      expect(await store.sweep(10)).toEqual([]);
      await pause(times.ringGraceMs + 20);
      expect(await store.sweep(10)).toHaveLength(1);
      await pause(times.ringGraceMs + 20);
      expect(await store.sweep(10)).toEqual([]);
    });

    it('finds an item whose holder fell silent, not one whose holder is alive', async () => {
      await store.create(newRun('r1'));
      const claimed = await store.claim({ run: 'r1', item: 'step:1' }, 'w1', 1_000);
      if (claimed.kind !== 'claimed') throw new Error('not claimed');
      await pause(600);
      await store.renew(claimed.claimed.lease, { leaseMs: 1_000, number: 1 });
      await pause(600);
      expect(await store.sweep(10)).toEqual([]);
      await pause(500);
      expect(await store.sweep(10)).toMatchObject([{ item: 'step:1', cause: 'lease' }]);
    });

    it('says how many runs of the tenant are under way, so that whoever has fewer goes first', async () => {
      const other = '33333333-3333-4333-8333-333333333333';
      await store.create(newRun('r1'));
      expect(await store.create(newRun('r2', { thread: other }))).toMatchObject({ place: 2 });
      const quiet = { thread: '44444444-4444-4444-8444-444444444444', tenant: 'quiet' };
      expect(await store.create(newRun('q1', quiet))).toMatchObject({ place: 1 });
      const { lease } = await claim(store, 'r1', 'step:1');
      await store.commit(lease, { facts: [succeeded('r1')], status: 'succeeded', open: [] });
      await pause(times.ringGraceMs + 20);
      const swept = await store.sweep(10);
      expect(swept.find(({ run }) => run === 'r2')).toMatchObject({ place: 1 });
    });

    it('forgets what is closed', async () => {
      await store.create(newRun('r1'));
      const { lease } = await claim(store, 'r1', 'step:1');
      await store.commit(lease, { facts: [succeeded('r1')], status: 'succeeded', open: [] });
      await pause(times.ringGraceMs + 20);
      expect(await store.sweep(10)).toEqual([]);
      expect((await store.run('r1'))?.items).toMatchObject([{ item: 'step:1', isOpen: false, epoch: 1 }]);
    });
  });

  describe('events', () => {
    it('replays from any cursor and says when a cursor was never given out', async () => {
      await store.create(newRun('r1'));
      const { lease } = await claim(store, 'r1', 'step:1');
      await store.commit(lease, { facts: [succeeded('r1')], status: 'succeeded', open: [] });
      const all = await store.events('r1', 0);
      expect(all).toMatchObject({ kind: 'events', events: [{ seq: 1 }, { seq: 2 }] });
      expect(await store.events('r1', 2)).toEqual({ kind: 'events', events: [] });
      expect(await store.events('r1', 3)).toEqual({ kind: 'future', lastSeq: 2 });
    });
  });

  it('keeps agent definitions by digest', async () => {
    expect(await store.agent('d1')).toBe('{"name":"lumina"}');
    expect(await store.agent('none')).toBeUndefined();
  });

  it('knows nothing of runs and threads that were never created', async () => {
    expect(await store.run('none')).toBeUndefined();
    expect(await store.thread('none')).toBeUndefined();
    expect(await store.journal('none')).toEqual([]);
    expect(await store.runsOfThread('none')).toEqual([]);
  });
}
