import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { HandedItem, Handing } from '@lumina/contracts';
import { claimedOf, givenBack } from '../handed-item';
import type { Commit, Door, RunStore } from '../run-store';
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

/** A store of which one hears what it hands over. */
export interface HandingBench extends Bench {
  /** A worker that listens at `door`; resolves to what it was handed since it was asked last. */
  heard(): Promise<readonly Handing[]>;
  readonly door: Door;
}

/** Opened items that go to a worker together with their lease. */
export function handingSuite(open: () => Promise<HandingBench>): void {
  let bench: HandingBench;
  let store: RunStore;
  let door: Door;

  beforeEach(async () => {
    bench = await open();
    ({ store, door } = bench);
    await store.putAgent('d1', '{"name":"lumina"}');
  });
  afterAll(async () => bench.close());

  async function only(): Promise<HandedItem> {
    const [handing, ...more] = await bench.heard();
    expect(more).toEqual([]);
    const [first] = handing?.items ?? [];
    if (handing === undefined || first === undefined) throw new Error('nothing was handed over');
    return { of: handing.of, journal: handing.journal, ...first };
  }

  const calls = {
    ...{ facts: [], status: 'running', nextItem: 'step:2' },
    open: [
      { item: 'call:1.0', data: '{"tool":"ü \\"a\\""}', mayBeHanded: true },
      { item: 'call:1.1', data: '{"tool":"b"}', mayBeHanded: true },
    ],
  } satisfies Commit;

  describe('what is handed over', () => {
    it('is what a claim would have answered, and is held by the worker', async () => {
      expect(await store.create(newRun('r1'), door)).toMatchObject({ isStarted: true, isHanded: true });
      const handed = claimedOf(await only());
      expect(await store.claim({ run: 'r1', item: 'step:1' }, 'w2', 1_000)).toMatchObject({ kind: 'busy' });
      const same = await store.claim({ run: 'r1', item: 'step:1' }, handed.lease.owner, 1_000);
      expect(same).toEqual({ kind: 'claimed', claimed: handed });
      expect(handed).toMatchObject({ v: 1, thread, tenant: 'acme', agentDigest: 'd1', mayHaveBegun: false });
      expect(handed.journal.map(({ fact }) => fact.type)).toEqual(['run.accepted']);
    });

    it('can be committed, and the next step goes with the commit that opens it', async () => {
      await store.create(newRun('r1'), door);
      const { lease } = claimedOf(await only());
      expect(await store.commit(lease, { ...calls, doors: { step: door, calls: door } })).toMatchObject({
        ...{ kind: 'committed', opened: [], isStepHanded: false },
      });
      const [handing] = await bench.heard();
      expect(handing).toMatchObject({
        of: { run: 'r1', v: 2, tenant: 'acme' },
        items: calls.open.map(({ item, data }) => ({ item, data })),
        journal: [],
      });
      const owner = handing?.of.owner ?? '';
      const answer = async (item: string, isStepHanded: boolean): Promise<void> => {
        const facts = [toolAnswered('r1', item)];
        const commit: Commit = {
          facts,
          status: 'running',
          open: [],
          nextItem: 'step:2',
          doors: { step: door },
        };
        const outcome = await store.commit({ run: 'r1', item, owner, epoch: 1 }, commit);
        expect(outcome).toMatchObject({ kind: 'committed', opened: [], isStepHanded });
      };
      await answer('call:1.1', false);
      await answer('call:1.0', true);
      expect(claimedOf(await only())).toMatchObject({
        lease: { item: 'step:2' },
        v: 4,
        journal: { length: 3 },
      });
    });

    it('is the newest claim until its lease ends, and no longer', async () => {
      await store.create(newRun('r1'), { ...door, leaseMs: 50 });
      const { lease } = claimedOf(await only());
      await pause(70);
      expect(await store.sweep(10)).toMatchObject([
        { run: 'r1', item: 'step:1', cause: 'lease', attempts: 1 },
      ]);
      const claimed = await claim(store, 'r1', 'step:1');
      expect(claimed).toMatchObject({ mayHaveBegun: true, lease: { epoch: 2 } });
      const ending = { facts: [succeeded('r1')], status: 'succeeded', open: [] } as const;
      expect(await store.commit(lease, ending)).toEqual({ kind: 'lost' });
      expect(await store.renew(lease, { leaseMs: 50, number: 1 })).toEqual({ kind: 'lost' });
    });

    it('is held by the one who has it, not by another who was handed the same epoch', async () => {
      await store.create(newRun('r1'), door);
      const { lease } = claimedOf(await only());
      const other = { ...lease, owner: `${door.worker}#0.1` };
      expect(await store.renew(other, { leaseMs: 50, number: 1 })).toEqual({ kind: 'lost' });
      expect(await store.holdAgain(other, 1)).toEqual({ kind: 'lost' });
      expect(await store.commit(other, { facts: [], status: 'running', open: [] })).toEqual({ kind: 'lost' });
      expect(await store.renew(lease, { leaseMs: 50, number: 1 })).toMatchObject({ kind: 'renewed' });
    });

    it('can be given back, and counts as not begun', async () => {
      await store.create(newRun('r1'), door);
      const handed = await only();
      expect(await givenBack(store, [handed], times.ringGraceMs)).toEqual([
        { run: 'r1', item: 'step:1', v: 1, place: 1 },
      ]);
      expect(await claim(store, 'r1', 'step:1')).toMatchObject({ mayHaveBegun: false, lease: { epoch: 2 } });
      expect(await givenBack(store, [handed], times.ringGraceMs)).toEqual([]);
    });
  });

  describe('what is not handed over', () => {
    const gone = (): Door => ({ ...door, channel: 'nobody' });

    it('is rung for where nobody hears', async () => {
      expect(await store.create(newRun('r1'), gone())).toMatchObject({ isStarted: true, isHanded: false });
      const { lease } = await claim(store, 'r1', 'step:1');
      expect(lease.epoch).toBe(1);
      expect(await store.commit(lease, { ...calls, doors: { calls: gone() } })).toMatchObject({
        opened: [{ item: 'call:1.0' }, { item: 'call:1.1' }],
      });
      expect(await claim(store, 'r1', 'call:1.0')).toMatchObject({ lease: { epoch: 1 } });
    });

    it('is a call that must be claimed before it begins, and what is looked at later', async () => {
      await store.create(newRun('r1'));
      const { lease } = await claim(store, 'r1', 'step:1');
      const lookAtMs = Date.now() + 60_000;
      const open = [
        { item: 'call:1.0', data: '{}' },
        { item: 'ask:1.1', data: '', lookAtMs },
      ];
      const outcome = await store.commit(lease, { ...calls, open, doors: { step: door, calls: door } });
      expect(outcome).toMatchObject({ opened: [{ item: 'call:1.0' }], isStepHanded: false });
      expect(await bench.heard()).toEqual([]);
    });

    it('is a run that waits, or a step of a run that was cancelled', async () => {
      await store.create(newRun('r1'));
      expect(await store.create(newRun('r2'), door)).toMatchObject({ isStarted: false, isHanded: false });
      const { lease, v } = await claim(store, 'r1', 'step:1');
      await store.intervene({ ...{ run: 'r1', v, kind: 'cancel', status: 'running' }, facts: [], open: [] });
      const outcome = await store.commit(lease, { ...calls, doors: { calls: door } });
      expect(outcome).toMatchObject({ opened: [{ item: 'call:1.0' }, { item: 'call:1.1' }] });
      expect(await bench.heard()).toEqual([]);
    });

    it('is what is large: a first message, or what a model says to a tool', async () => {
      const long = newRun('r1', { accepted: accepted('r1', 'x'.repeat(70_000)) });
      expect(await store.create(long, door)).toMatchObject({ isStarted: true, isHanded: false });
      const { lease } = await claim(store, 'r1', 'step:1');
      const open = [{ item: 'call:1.0', data: JSON.stringify('x'.repeat(70_000)), mayBeHanded: true }];
      const outcome = await store.commit(lease, { ...calls, open, doors: { calls: door } });
      expect(outcome).toMatchObject({ opened: [{ item: 'call:1.0' }] });
      expect(await bench.heard()).toEqual([]);
    });

    it('is a step of a thread whose journal is long', async () => {
      await store.create(newRun('r1'));
      const { lease } = await claim(store, 'r1', 'step:1');
      const long = { ...toolAnswered('r1', 'x'.repeat(70_000)) };
      const commit: Commit = { facts: [long], status: 'running', open: [], nextItem: 'step:2' };
      expect(await store.commit(lease, { ...commit, doors: { step: door } })).toMatchObject({
        ...{ opened: [{ item: 'step:2' }], isStepHanded: false },
      });
      expect(await bench.heard()).toEqual([]);
      expect((await claim(store, 'r1', 'step:2')).journal).toHaveLength(2);
    });
  });
}
