import { afterEach, describe, expect, it } from '@jest/globals';
import type { OverdueItem, RingableItem } from '@lumina/store';
import { eventually } from '@lumina/testing';
import { Sweeper } from './sweeper';

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
    const sweeper = new Sweeper({
      store: {
        sweep: async (limit) => {
          asked.push(limit);
          return (rounds.shift() ?? (() => []))();
        },
      },
      ringer: { queueUp: async (items) => void rung.push(...items) },
      everyMs: 5,
      onSwept: (items) => swept.push(...items),
      onError: (error) => errors.push(error),
    });
    sweepers.push(sweeper);
    sweeper.start();
    return { sweeper, rung, swept, errors, asked };
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

  it('does not sweep after it was stopped', async () => {
    const { sweeper, asked } = sweeping([]);
    await eventually('it sweeps', () => asked.length > 1);
    await sweeper.stop();
    const before = asked.length;
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(asked).toHaveLength(before);
  });
});
