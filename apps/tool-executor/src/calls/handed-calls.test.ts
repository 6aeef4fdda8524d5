import { describe, expect, it } from '@jest/globals';
import type { HandedItem, Handing, QueueName } from '@lumina/contracts';
import { MemoryRunStore } from '@lumina/store';
import { Bench, bell, echo, openCalls, task } from '../testing/bench';

/** A store that hands over what is opened, and counts the claims. */
class HandingStore extends MemoryRunStore {
  readonly claimedBy: string[] = [];

  constructor(readonly handings: Handing[] = []) {
    super(Date.now, undefined, (_channel, handing) => handings.push(handing) > 0);
  }

  override claim(...args: Parameters<MemoryRunStore['claim']>): ReturnType<MemoryRunStore['claim']> {
    this.claimedBy.push(args[1]);
    return super.claim(...args);
  }
}

async function given() {
  const store = new HandingStore();
  const bench = new Bench();
  const commit = store.commit.bind(store);
  // As the catalogue said when the orchestrator opened them.
  store.commit = (lease, change) =>
    commit(lease, {
      ...change,
      open: change.open.map((one) => ({ ...one, mayBeHanded: true })),
      doors: { calls: { channel: 'door', worker: 'w', leaseMs: 5_000 } },
    });
  await openCalls(store, [task, { ...task, callId: 'c2', messageId: 'm-c2' }]);
  store.commit = commit;
  store.claimedBy.length = 0;
  const [handing] = store.handings.splice(0);
  if (handing === undefined) throw new Error('nothing was handed over');
  const handed = handing.items.map((one): HandedItem => ({ of: handing.of, journal: [], ...one }));
  const letGo: QueueName[] = [];
  const ringer = {
    ring: async (items: typeof bench.rung) => void bench.rung.push(...items),
    door: (queue: QueueName) => ({
      ...{ channel: queue, worker: queue, leaseMs: 5_000 },
      letGo: () => void letGo.push(queue),
    }),
  };
  return { store, bench, handed, letGo, ringer };
}

describe('CallRunner, handed a call', () => {
  it('makes it without a claim, and the last of a step hands the next step over', async () => {
    const { store, bench, handed, letGo, ringer } = await given();
    const runner = bench.runner([echo], { store, ringer });
    await runner.answer({ ...bell, item: 'call:1.1' }, 'knock', handed[1]);
    expect(letGo).toEqual(['steps']);
    expect(store.handings).toEqual([]);
    await runner.answer(bell, 'knock', handed[0]);
    expect(letGo).toEqual(['steps']);
    expect(store.handings).toMatchObject([{ items: [{ item: 'step:2' }], of: { v: 4 } }]);
    expect(store.claimedBy).toEqual([]);
    expect(bench.rung).toEqual([]);
  });

  it('claims it, as the same holder, where it knows that the tool must not run twice', async () => {
    const { store, bench, handed, ringer } = await given();
    const runner = bench.runner([{ ...echo, isIdempotent: false }], { store, ringer });
    await runner.answer(bell, 'knock', handed[0]);
    expect(store.claimedBy).toEqual([handed[0]?.of.owner]);
    const journal = await store.journal(handed[0]?.of.thread ?? '');
    expect(journal.map(({ fact }) => fact.type)).toContain('tool.answered');
  });

  it('does not make a call of which another has taken the lease over, if the tool must not run twice', async () => {
    const { store, bench, handed, ringer } = await given();
    await store.renew(
      { run: 'r1', item: 'call:1.0', epoch: 1, owner: handed[0]?.of.owner ?? '' },
      { leaseMs: 0, number: 1, mayHaveBegun: false },
    );
    await store.claim(bell, 'another', 5_000);
    let runs = 0;
    const counting = { ...echo, isIdempotent: false, run: () => Promise.reject(new Error(`run ${++runs}`)) };
    await bench.runner([counting], { store, ringer }).answer(bell, 'knock', handed[0]);
    expect(runs).toBe(0);
  });

  it('does not make a call of a run that was cancelled while it waited for a place', async () => {
    const { store, bench, handed, ringer } = await given();
    let runs = 0;
    const counting = { ...echo, run: () => Promise.reject(new Error(`run ${++runs}`)) };
    const watch = (_run: string, listener: () => void): (() => void) => {
      listener();
      return () => undefined;
    };
    const runner = bench.runner([counting], { store, ringer, cancellations: { watch } });
    await runner.answer(bell, 'knock', handed[0]);
    expect(runs).toBe(0);
    const journal = await store.journal(handed[0]?.of.thread ?? '');
    expect(journal.at(-1)?.fact).toMatchObject({ type: 'tool.answered', message: { isError: true } });
  });
});
