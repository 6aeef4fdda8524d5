import { afterEach, describe, expect, it } from '@jest/globals';
import type { OutageGrace, OverdueItem, RingableItem } from '@lumina/store';
import { eventually } from '@lumina/testing';
import { Sweeper, outageOf } from './sweeper';

const overdue = (item: string): OverdueItem => ({
  run: 'r1',
  item,
  v: 1,
  place: 1,
  cause: 'lease',
  overdueMs: 5,
  rings: 0,
  attempts: 1,
});

describe('Sweeper', () => {
  const sweepers: Sweeper[] = [];
  afterEach(() => Promise.all(sweepers.splice(0).map((sweeper) => sweeper.stop())));

  function sweeping(rounds: (() => readonly OverdueItem[])[]) {
    const rung: RingableItem[] = [];
    const swept: OverdueItem[] = [];
    const errors: unknown[] = [];
    const asked: number[] = [];
    const graces: (OutageGrace | undefined)[] = [];
    const sweeper = new Sweeper({
      store: {
        sweep: async (limit, grace) => {
          asked.push(limit);
          graces.push(grace);
          return (rounds.shift() ?? (() => []))();
        },
      },
      ringer: { queueUp: async (items) => void rung.push(...items) },
      everyMs: 5,
      leaseMs: 3_000,
      onSwept: (items) => swept.push(...items),
      onError: (error) => errors.push(error),
    });
    sweepers.push(sweeper);
    sweeper.start();
    return { sweeper, rung, swept, errors, asked, graces };
  }

  it('rings for what is overdue, and counts all but subagents, which are merely looked at again', async () => {
    const { rung, swept } = sweeping([() => [overdue('step:1'), overdue('child:1.0'), overdue('call:1.1')]]);
    await eventually('it has rung', () => rung.length === 3);
    expect(swept.map(({ item }) => item)).toEqual(['step:1', 'call:1.1']);
  });

  it('goes on at once while whole batches are overdue', async () => {
    const batch = Array.from({ length: 200 }, (_item, index) => overdue(`step:${index}`));
    const { rung, asked } = sweeping([() => batch, () => batch, () => [overdue('step:x')]]);
    await eventually('all were rung for', () => rung.length === 401);
    expect(asked.slice(0, 3)).toEqual([200, 200, 200]);
  });

  it('survives a store that is away', async () => {
    const away = new Error('away');
    const { rung, errors } = sweeping([
      () => {
        throw away;
      },
      () => [overdue('step:1')],
    ]);
    await eventually('it has rung after all', () => rung.length === 1);
    expect(errors).toEqual([away]);
  });

  it('grants grace only after it has swept, and not after an outage that was too long for a sweep', async () => {
    const { graces } = sweeping([
      () => [],
      () => {
        throw new Error('away for too long');
      },
      () => [],
    ]);
    const grace = outageOf({ everyMs: 5, leaseMs: 3_000 });
    await eventually('it has swept four times', () => graces.length >= 4);
    expect(graces.slice(0, 4)).toEqual([undefined, grace, undefined, grace]);
  });

  it('takes for an outage what can cost a holder its lease, and not sweeps that are merely rare', () => {
    expect(outageOf({ leaseMs: 3_000, everyMs: 500 })).toEqual({ leaseMs: 3_000, unsweptMs: 1_500 });
    expect(outageOf({ leaseMs: 3_000, everyMs: 2_000 }).unsweptMs).toBe(6_000);
  });

  it('does not sweep after it was stopped', async () => {
    const { sweeper, asked } = sweeping([]);
    await eventually('it sweeps', () => asked.length > 1);
    await sweeper.stop();
    const before = asked.length;
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(asked).toHaveLength(before);
  });
});
