import { describe, expect, it } from '@jest/globals';
import type { RunRecord, ToldMessage } from '../load/gateway-client';
import type { ClientView } from '../load/run-client';
import { type RegionEvidence, regionCases } from './regions';

const words: ToldMessage = { type: 'ai', id: 'm', content: 'Done.' };
const record: RunRecord = { status: 'success', takeOvers: 0, messages: [words] };

/** A run that was acknowledged, and whose client heard its end, at these moments. */
const client = (run: string, ackedMs: number, endedMs: number, told = [words]): ClientView => ({
  work: { task: 'work', isLong: false },
  acknowledged: { run, thread: 't', askedMs: ackedMs, sentMs: ackedMs, ackedMs, attempts: 1 },
  refusal: undefined,
  told,
  heardMs: [endedMs],
  hasHeardEnd: true,
  breaks: 0,
  cursorResets: 0,
});

const sound: RegionEvidence = {
  ...{ snapshotMs: 1_000, lossMs: 2_000, switchedMs: 3_000, isKeyKnown: true, repeatedMs: [] },
  clients: [
    client('whole', 100, 900),
    client('under-way', 900, 3_500, []),
    client('late', 1_500, 1_900),
    client('anew', 3_100, 3_900),
  ],
  records: new Map(['whole', 'under-way', 'anew'].map((run) => [run, record])),
  effects: new Map(),
};

const faultsOf = (change: Partial<RegionEvidence>): readonly string[] =>
  regionCases({ ...sound, ...change }).flatMap(({ fault }) => fault ?? []);
const without = (run: string): RegionEvidence['records'] =>
  new Map([...sound.records].filter(([name]) => name !== run));

describe('a region that was lost', () => {
  it('is made good when everything from before the snapshot ends, and new runs do', () => {
    expect(faultsOf({})).toEqual([]);
    const lost = regionCases(sound).find(({ name }) => name.includes('are lost'));
    expect(lost?.detail).toBe('1 of 1, in 1.0 s');
  });

  it.each(['whole', 'under-way', 'anew'])('is not when the run %s is lost', (run) => {
    expect(faultsOf({ records: without(run) })).toEqual([`${run} is lost`]);
  });

  it('is not when a finished run is another than its client was told', () => {
    const other = { ...record, messages: [{ ...words, content: 'Something else.' }] };
    const [fault] = faultsOf({ records: new Map([...sound.records, ['whole', other]]) });
    expect(fault).toContain('the client was told');
  });

  it('is not when an effect from before the snapshot is repeated; one from after it may be', () => {
    expect(faultsOf({ repeatedMs: [999, 1_500] })).toEqual(['1 effects were repeated']);
    expect(faultsOf({ repeatedMs: [1_500] })).toEqual([]);
  });

  it('is not when keys of one region are unknown in the other, or nothing new is acknowledged', () => {
    expect(faultsOf({ isKeyKnown: false })).toEqual(['it is unknown']);
    const old = sound.clients.slice(0, 3);
    expect(faultsOf({ clients: old })).toEqual(['there was none, so nothing was proved', 'never again']);
  });
});
