import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LeaseKeeper } from './lease-keeper';
import type { RunEvent } from '@lumina/contracts';
import type { Lease, RenewOutcome, Renewal } from './run-store';

const lease: Lease = { run: 'r', item: 'step:1', owner: 'w', epoch: 1 };
const times = { leaseMs: 3_000, renewEveryMs: 1_000, gatherMs: 25 };
const renewed: RenewOutcome = { kind: 'renewed', lastSeq: 1, isCancelled: false, place: 0 };

/** A store whose every renewal is answered by hand. */
class HandStore {
  readonly renewals: Renewal[] = [];
  private readonly open: { resolve: (outcome: RenewOutcome) => void; reject: (error: Error) => void }[] = [];
  automatic: RenewOutcome | undefined = renewed;

  renew(_lease: Lease, renewal: Renewal): Promise<RenewOutcome> {
    this.renewals.push(renewal);
    if (this.automatic !== undefined) return Promise.resolve(this.automatic);
    return new Promise((resolve, reject) => this.open.push({ resolve, reject }));
  }

  async answer(outcome: RenewOutcome | Error): Promise<void> {
    const next = this.open.shift();
    if (next === undefined) throw new Error('no renewal is under way');
    if (outcome instanceof Error) next.reject(outcome);
    else next.resolve(outcome);
    await jest.advanceTimersByTimeAsync(0);
  }

  get shown(): string {
    const events = this.renewals.flatMap((renewal) => renewal.events ?? []);
    return events.map((event) => (event.type === 'delta' ? event.text : `<${event.type}>`)).join('|');
  }
}

describe('LeaseKeeper', () => {
  let store: HandStore;
  const keep = (): LeaseKeeper => new LeaseKeeper(store, lease, times);
  const passes = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

  beforeEach(() => {
    jest.useFakeTimers();
    store = new HandStore();
  });
  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it('renews by the clock until it is finished, each renewal with the next number', async () => {
    const keeper = keep();
    await passes(2_500);
    expect(store.renewals).toMatchObject([
      { leaseMs: 3_000, number: 1 },
      { leaseMs: 3_000, number: 2 },
    ]);
    await keeper.finish();
    await passes(5_000);
    expect(store.renewals).toHaveLength(2);
  });

  it('shows the first words at once and gathers the rest', async () => {
    const keeper = keep();
    keeper.say('m', 'a');
    await passes(0);
    expect(store.shown).toBe('a');
    for (const word of ['b', 'c', 'd']) keeper.say('m', word);
    await passes(24);
    expect(store.shown).toBe('a');
    await passes(2);
    expect(store.shown).toBe('a|bcd');
    expect(store.renewals).toMatchObject([{ partialMessageId: 'm' }, { partialMessageId: 'm' }]);
    await keeper.finish();
  });

  it('renews one at a time: what is said meanwhile goes out with the next', async () => {
    store.automatic = undefined;
    const keeper = keep();
    keeper.say('m', 'a');
    await passes(0);
    keeper.say('m', 'b');
    await passes(1_500);
    expect(store.renewals).toHaveLength(1);
    await store.answer(renewed);
    expect(store.shown).toBe('a|b');
    await store.answer(renewed);
    await keeper.finish();
  });

  it('keeps the words of two messages apart and in order', async () => {
    store.automatic = undefined;
    const keeper = keep();
    keeper.say('m1', 'a');
    await passes(0);
    keeper.say('m1', 'b');
    keeper.discard('m1');
    keeper.say('m2', 'c');
    await passes(30);
    await store.answer(renewed);
    await passes(30);
    expect(store.shown).toBe('a|b|<discarded>|c');
    expect(store.renewals[1]).toMatchObject({ partialMessageId: 'm2' });
    await store.answer(renewed);
    await keeper.finish();
  });

  it('forgets the message in progress when it is discarded, and only that one', async () => {
    const keeper = keep();
    keeper.say('m', 'a');
    keeper.discard('other');
    await passes(30);
    expect(store.renewals.at(-1)).toMatchObject({ partialMessageId: 'm' });
    keeper.discard('m');
    await passes(30);
    expect(store.renewals.at(-1)).not.toHaveProperty('partialMessageId');
    await keeper.finish();
  });

  it('hands over what is pending when it finishes, after the renewal under way', async () => {
    store.automatic = undefined;
    const keeper = keep();
    keeper.say('m', 'a');
    await passes(0);
    keeper.say('m', 'b');
    let rest: readonly RunEvent[] | undefined;
    const finishing = keeper.finish().then((events) => (rest = events));
    await passes(10);
    expect(rest).toBeUndefined();
    await store.answer(renewed);
    await finishing;
    expect(rest).toEqual([{ type: 'delta', messageId: 'm', text: 'b' }]);
    expect(store.shown).toBe('a');
  });

  it('shows nothing of a message that came whole: all of it goes with the commit', async () => {
    const keeper = keep();
    keeper.say('m', 'a');
    keeper.say('m', 'b');
    expect(await keeper.finish()).toEqual([{ type: 'delta', messageId: 'm', text: 'ab' }]);
    await passes(100);
    expect(store.renewals).toEqual([]);
  });

  it('shows what is pending when it gives the item back', async () => {
    const keeper = keep();
    keeper.say('m', 'a');
    await keeper.release(500);
    expect(store.shown).toBe('a');
    expect(store.renewals).toHaveLength(1);
  });

  it('cancels what it was gathering when it finishes', async () => {
    const keeper = keep();
    keeper.say('m', 'a');
    await passes(0);
    keeper.say('m', 'b');
    expect(await keeper.finish()).toHaveLength(1);
    keeper.say('m', 'too late');
    await passes(100);
    expect(store.shown).toBe('a');
  });

  it('gives the item back with what was pending, to be looked at again when asked', async () => {
    const keeper = keep();
    keeper.say('m', 'a');
    await passes(0);
    keeper.say('m', 'b');
    await keeper.release(500);
    expect(store.renewals.at(-1)).toMatchObject({ leaseMs: 0, lookAgainMs: 500, number: 2 });
    expect(store.shown).toBe('a|b');
  });

  it('aborts the work when the lease is lost, and neither shows nor releases any more', async () => {
    const keeper = keep();
    store.automatic = { kind: 'lost' };
    keeper.say('m', 'a');
    await passes(0);
    expect(keeper.signal.aborted).toBe(true);
    expect(keeper.signal.reason).toMatchObject({ message: 'the lease was lost to another worker' });
    keeper.say('m', 'b');
    await keeper.release(0);
    await passes(5_000);
    expect(store.renewals).toHaveLength(1);
  });

  it('aborts the work when nobody can say whether the lease holds', async () => {
    store.automatic = undefined;
    const keeper = keep();
    await passes(1_000);
    const cause = new Error('the store is away');
    await store.answer(cause);
    expect(keeper.signal.reason).toMatchObject({ message: 'the lease could not be renewed', cause });
    await keeper.finish();
  });

  it('tells of a cancellation by a renewal, and goes on holding the lease', async () => {
    const keeper = keep();
    store.automatic = { kind: 'renewed', lastSeq: 1, isCancelled: true, place: 0 };
    expect(keeper.isCancelled).toBe(false);
    await passes(1_000);
    expect([keeper.isCancelled, keeper.isLost]).toEqual([true, false]);
    await keeper.finish();
  });

  it('tells of a cancellation by message at once, until it is finished', async () => {
    const listeners = new Set<() => void>();
    const watch = (run: string, listener: () => void): (() => void) => {
      expect(run).toBe('r');
      listeners.add(listener);
      return () => listeners.delete(listener);
    };
    const keeper = new LeaseKeeper(store, lease, times, { cancellations: { watch } });
    for (const listener of listeners) listener();
    expect(keeper.isCancelled).toBe(true);
    await keeper.finish();
    expect(listeners.size).toBe(0);
  });

  it('aborts the work when the process lets go, until it is finished', async () => {
    const letGo = new AbortController();
    const keep2 = (): LeaseKeeper => new LeaseKeeper(store, lease, times, { letGo: letGo.signal });
    const [held, done] = [keep2(), keep2()];
    await done.finish();
    letGo.abort(new Error('going'));
    expect([held.signal.aborted, held.isLost, held.isCancelled, held.isTimeUp]).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(held.signal.reason).toMatchObject({ message: 'going' });
    expect(done.signal.aborted).toBe(false);
    const late = keep2();
    expect(late.signal.aborted).toBe(true);
    await Promise.all([held, late].map((keeper) => keeper.finish()));
  });

  it('aborts the work when its time is up, unless it was finished before', async () => {
    const [late, early] = [keep(), keep()];
    for (const keeper of [late, early]) keeper.limitTo(300);
    await passes(299);
    expect(late.signal.aborted).toBe(false);
    await early.finish();
    await passes(1);
    expect([late.isTimeUp, late.signal.aborted, late.isLost]).toEqual([true, true, false]);
    expect([early.isTimeUp, early.signal.aborted]).toEqual([false, false]);
    await late.finish();
  });
});
