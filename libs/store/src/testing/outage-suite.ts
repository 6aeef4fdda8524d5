import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Lease, RunStore } from '../run-store';
import { type Bench, newRun, pause, times } from './fixtures';

/** S8: what becomes of leases while nobody can reach the store. */
export function outageSuite(open: () => Promise<Bench>): void {
  let bench: Bench;
  let store: RunStore;

  beforeEach(async () => {
    bench = await open();
    store = bench.store;
    await store.putAgent('d1', '{"name":"lumina"}');
  });

  const closing = async (): Promise<void> => bench.close();
  afterAll(closing);

  describe('after nobody could sweep for a while', () => {
    const other = '33333333-3333-4333-8333-333333333333';
    const grace = { leaseMs: 60_000, unsweptMs: 150 };

    async function heldThroughOutage(outageMs = grace.unsweptMs + 20): Promise<Lease> {
      await store.create(newRun('r1'));
      await store.sweep(0);
      const claimed = await store.claim({ run: 'r1', item: 'step:1' }, 'w1', 50);
      if (claimed.kind !== 'claimed') throw new Error('not claimed');
      await pause(outageMs);
      return claimed.claimed.lease;
    }

    it('gives the leases that ran out meanwhile once more, and nobody else gets the work', async () => {
      const lease = await heldThroughOutage();
      expect(await store.sweep(10, grace)).toEqual([]);
      expect(await store.claim({ run: 'r1', item: 'step:1' }, 'w2', 100)).toMatchObject({ kind: 'busy' });
      expect(await store.renew(lease, { leaseMs: 100, number: 1 })).toMatchObject({ kind: 'renewed' });
    });

    it('gives it once: who stays silent is silent', async () => {
      await heldThroughOutage();
      const shortly = { leaseMs: 100, unsweptMs: 150 };
      expect(await store.sweep(10, shortly)).toEqual([]);
      await pause(shortly.leaseMs + 20);
      expect(await store.sweep(10)).toMatchObject([{ item: 'step:1', cause: 'lease' }]);
    });

    it('goes on at once with what nobody holds', async () => {
      await store.create(newRun('r2', { thread: other }));
      await heldThroughOutage(times.ringGraceMs + 20);
      // One at a time: what is held must not hide it.
      expect(await store.sweep(1, grace)).toMatchObject([{ run: 'r2', cause: 'doorbell' }]);
    });

    it('remembers the outage for whoever sweeps next, and for more than one batch', async () => {
      const lease = await heldThroughOutage();
      await store.sweep(0, grace);
      expect(await store.sweep(10)).toEqual([]);
      expect(await store.renew(lease, { leaseMs: 100, number: 1 })).toMatchObject({ kind: 'renewed' });
    });

    it('gives nothing when somebody has swept meanwhile', async () => {
      await heldThroughOutage();
      expect(await store.sweep(10, { ...grace, unsweptMs: 60_000 })).toMatchObject([{ cause: 'lease' }]);
    });

    it('gives nothing when nobody can say that there was an outage', async () => {
      await heldThroughOutage();
      expect(await store.sweep(10)).toMatchObject([{ item: 'step:1', cause: 'lease' }]);
    });

    it('gives nothing to a holder that had fallen silent before', async () => {
      await store.create(newRun('r1'));
      await store.claim({ run: 'r1', item: 'step:1' }, 'w1', 50);
      await pause(60);
      await store.sweep(0);
      await pause(grace.unsweptMs + 20);
      expect(await store.sweep(10, grace)).toMatchObject([{ item: 'step:1', cause: 'lease' }]);
    });
  });
}
