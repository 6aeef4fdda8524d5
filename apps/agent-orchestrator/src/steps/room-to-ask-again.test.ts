import { describe, expect, it } from '@jest/globals';
import type { BudgetShortage } from '@lumina/contracts';
import type { HoldAgainOutcome, Lease } from '@lumina/store';
import { RoomToAskAgain } from './room-to-ask-again';

const lease: Lease = { run: 'r1', item: 'step:1', epoch: 1, owner: 'w' };
const shortage = (isCrowded: boolean): BudgetShortage => ({
  ...{
    scope: 'tenant',
    name: 'acme',
    period: 'day',
    amount: 'costUsd',
    used: 2,
    allowed: 1,
    onLimit: 'fail',
  },
  ...{ isCrowded, account: 'a', resetsAtMs: undefined },
});
const short = (isCrowded: boolean): HoldAgainOutcome => ({ kind: 'short', shortage: shortage(isCrowded) });

function roomWith(outcomes: readonly HoldAgainOutcome[]) {
  const asked: number[] = [];
  const holdAgain = (_lease: Lease, times: number): Promise<HoldAgainOutcome> => {
    const outcome = outcomes[asked.push(times) - 1];
    if (outcome === undefined) throw new Error('asked too often');
    return Promise.resolve(outcome);
  };
  return { asked, room: new RoomToAskAgain({ holdAgain }, lease, [1, 1]) };
}

describe('room for a further request', () => {
  it.each<[HoldAgainOutcome, boolean]>([
    [{ kind: 'held' }, true],
    [{ kind: 'free' }, true],
    [{ kind: 'lost' }, false],
    [short(false), false],
  ])('%j: %p, at once', async (outcome, isThere) => {
    const { room, asked } = roomWith([outcome]);
    expect(await room.for(2)).toBe(isThere);
    expect(asked).toEqual([2]);
    expect(room.shortage !== undefined).toBe(outcome.kind === 'short');
  });

  it('is waited for a little while only calls under way stand in the way', async () => {
    const { room, asked } = roomWith([short(true), { kind: 'held' }]);
    expect(await room.for(1)).toBe(true);
    expect(asked).toEqual([1, 1]);
    expect(room.shortage).toBeUndefined();
  });

  it('is given up then, and the shortage says why', async () => {
    const { room } = roomWith([short(true), short(true), short(true)]);
    expect(await room.for(1)).toBe(false);
    expect(room.asCircumstance).toEqual({ shortage: shortage(true) });
  });
});
