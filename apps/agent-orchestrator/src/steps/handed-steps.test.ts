import { describe, expect, it } from '@jest/globals';
import { canonicalDefinition } from '@lumina/agent';
import type { HandedItem, Handing, QueueName } from '@lumina/contracts';
import { scriptedModelClient } from '@lumina/models';
import { type Door, MemoryRunStore, claimedOf } from '@lumina/store';
import { Bench, accept, digestOf, doorbell, lumina } from '../testing/bench';

const doorTo = (worker: string): Door => ({ channel: `door of ${worker}`, worker, leaseMs: 5_000 });

/** A store that hands over to whoever is picked, and says what it handed over; a claim is an error. */
async function given() {
  const handings: Handing[] = [];
  const store = new MemoryRunStore(Date.now, undefined, (_channel, handing) => handings.push(handing) > 0);
  store.claim = () => Promise.reject(new Error('what was handed over need not be claimed'));
  const picked: string[] = [];
  const letGo: string[] = [];
  const door = (queue: QueueName, count = 1) => {
    picked.push(`${queue} ${count}`);
    return { ...doorTo(queue), letGo: () => void letGo.push(queue) };
  };
  const bench = new Bench();
  const created = await accept(new MemoryRunStore());
  await store.putAgent(digestOf(lumina), canonicalDefinition(lumina));
  await store.create(created, doorTo('steps'));
  const only = (): HandedItem => {
    const [handing] = handings.splice(0);
    if (handing?.items[0] === undefined) throw new Error('nothing was handed over');
    return { of: handing.of, journal: handing.journal, ...handing.items[0] };
  };
  const ringer = { ring: async (items: typeof bench.rung) => void bench.rung.push(...items), door };
  return { bench, store, handings, picked, letGo, only, ringer };
}

describe('StepRunner, handed a step', () => {
  it('answers it without a claim, and hands the calls that may be made again to one executor', async () => {
    const { bench, store, handings, picked, letGo, only, ringer } = await given();
    const calls = ['a.txt', 'b.txt'].map((path, index) => ({
      name: 'read_file',
      args: { path },
      id: `c${index}`,
    }));
    const models = scriptedModelClient([{ toolCalls: calls }]);
    await bench.runner(models, { store, ringer }).answer(doorbell('r1', 'step:1'), 'knock', only());
    expect(picked).toEqual(['tools 2']);
    expect(handings).toMatchObject([
      { of: { run: 'r1', v: 2 }, items: [{ item: 'call:1.0' }, { item: 'call:1.1' }] },
    ]);
    expect(bench.rung).toEqual([]);
    expect(letGo).toEqual([]);
  });

  it('hands the next step over where it asks the model again, and picks nobody for a run that ends', async () => {
    const { bench, store, picked, letGo, only, ringer } = await given();
    const models = scriptedModelClient([
      { toolCalls: [{ name: 'no_such_tool', args: {}, id: 'c1' }] },
      { text: 'It cannot be done.' },
    ]);
    const runner = bench.runner(models, { store, ringer });
    await runner.answer(doorbell('r1', 'step:1'), 'knock', only());
    expect(picked).toEqual(['steps 1']);
    const second = only();
    expect(second.item).toBe('step:2');
    expect(claimedOf(second).journal.length).toBeGreaterThan(2);
    await runner.answer(doorbell('r1', 'step:2'), 'knock', second);
    expect(await store.run('r1')).toMatchObject({ status: 'succeeded' });
    expect(picked).toEqual(['steps 1']);
    expect(letGo).toEqual([]);
  });

  it('lets the places go that nothing came to', async () => {
    const { bench, store, picked, letGo, only, ringer } = await given();
    const handed = only();
    const snapshot = await store.run('r1');
    // Cancelled meanwhile: what is opened still is rung for, and is not handed over.
    await store.intervene({
      ...{ run: 'r1', v: snapshot?.v ?? 0, kind: 'cancel', status: 'running', facts: [], open: [] },
    });
    const models = scriptedModelClient([{ toolCalls: [{ name: 'no_such_tool', args: {}, id: 'c1' }] }]);
    await bench.runner(models, { store, ringer }).answer(doorbell('r1', 'step:1'), 'knock', handed);
    expect(picked).toEqual(['steps 1']);
    expect(letGo).toEqual(['steps']);
    expect(bench.rung).toMatchObject([{ item: 'step:2' }]);
  });
});
