import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { quantile } from '@lumina/testbed';
import type { RunRecord, ToldMessage } from '../load/gateway-client';
import type { ClientView } from '../load/run-client';
import { brokenPromises, withoutTimes } from '../verdict';
import { effectsByKey } from './ledger';
import { firstAcknowledgements, pausesOf, standstillsOf } from './recovery';
import { accountOf } from './run-account';
import { tally } from './tally';

const key = (run: string): string => `${run}/call:1.1`;

const done = (run: string): ToldMessage => ({
  type: 'tool',
  id: `t-${run}`,
  name: 'drill_effect',
  content: `drill_effect ${key(run)}`,
  status: 'success',
});
const unknown = (run: string): ToldMessage => ({
  ...done(run),
  content: 'Error: a crash left the outcome of this call unknown: look before you call it again.',
  status: 'error',
});
const asked: ToldMessage = { type: 'human', id: 'h', content: 'work' };
const words: ToldMessage = { type: 'ai', id: 'm', content: 'All of it is done.' };

const record = (messages: readonly ToldMessage[], status = 'success'): RunRecord => ({
  status,
  takeOvers: 0,
  messages: [asked, ...messages],
});

const client = (run: string, told: readonly ToldMessage[], change: Partial<ClientView> = {}): ClientView => ({
  work: { task: 'work', isLong: false },
  acknowledged: { run, thread: 't', askedMs: 80, sentMs: 90, ackedMs: 100, attempts: 1 },
  refusal: undefined,
  told,
  heardMs: [200, 300],
  hasHeardEnd: true,
  breaks: 0,
  cursorResets: 0,
  ...change,
});

describe('one run', () => {
  const told = [done('r'), words];
  const well = () => accountOf('r', record(told), client('r', told), new Map([[key('r'), 1]]));

  it('is in order when ledger, journal and client agree', () => {
    expect(well()).toEqual({ outcome: 'succeeded', unknownOutcomes: 0, disagreements: [] });
  });

  it.each([
    ['is not known', undefined],
    ['never ended', record(told, 'running')],
  ])('is lost when it %s', (_what, found) => {
    expect(accountOf('r', found, client('r', told), new Map()).outcome).toBe('lost');
  });

  it.each(['error', 'timeout', 'interrupted'])('has failed when it is %s', (status) => {
    const found = accountOf('r', record(told, status), client('r', told), new Map([[key('r'), 1]]));
    expect(found.outcome).toBe('failed');
  });

  it('must not say that an effect happened that did not', () => {
    const { disagreements } = accountOf('r', record(told), client('r', told), new Map());
    expect(disagreements[0]).toContain('not in the ledger');
  });

  it('must not be silent about an effect that happened', () => {
    const refused = [{ ...unknown('r'), content: 'Error: refused' }, words];
    const effects = new Map([[key('r'), 1]]);
    const { disagreements } = accountOf('r', record(refused), client('r', refused), effects);
    expect(disagreements[0]).toContain('the journal does not say so');
  });

  it.each([0, 1])('may say that nobody knows, with %d effects', (count) => {
    const messages = [unknown('r'), words];
    const effects = new Map(count === 0 ? [] : [[key('r'), 1]]);
    const found = accountOf('r', record(messages), client('r', messages), effects);
    expect(found).toEqual({ outcome: 'succeeded', unknownOutcomes: 1, disagreements: [] });
  });

  it.each([
    ['less', [words]],
    ['twice', [done('r'), done('r'), words]],
    ['in another order', [words, done('r')]],
    ['something else', [{ ...done('r'), content: 'drill_effect r/call:9.9' }, words]],
  ])('disagrees with a client that was told %s', (_what, heard) => {
    const effects = new Map([[key('r'), 1]]);
    const { disagreements } = accountOf('r', record(told), client('r', heard), effects);
    expect(disagreements[0]).toContain('the client was told');
  });

  it('disagrees with a client that never heard of its end', () => {
    const waiting = client('r', told, { hasHeardEnd: false });
    const { disagreements } = accountOf('r', record(told), waiting, new Map([[key('r'), 1]]));
    expect(disagreements).toEqual(['the run has ended, and its client never heard of it']);
  });
});

describe('recovery', () => {
  const at = (...times: number[]) => times.map((atMs) => ({ what: 'kill', atMs }));

  it('counts from the first disturbance in a pause to its end', () => {
    expect(pausesOf([0, 5_000], at(1_000, 2_000))).toEqual([4_000]);
  });

  it('passes over pauses that are no longer than those of undisturbed runs, and over those that nothing disturbed', () => {
    expect(pausesOf([0, 1_500, 9_000], at(500))).toEqual([]);
  });

  it('knows the longest silence after each disturbance', () => {
    expect(standstillsOf([100, 900, 1_000, 3_000], at(200, 1_500))).toEqual([700, 1_500]);
    expect(standstillsOf([100], at(200))).toEqual([Number.POSITIVE_INFINITY]);
  });

  it('takes no acknowledgement for new that was asked for before', () => {
    const acknowledged = [
      { sentMs: 90, ackedMs: 110 },
      { sentMs: 120, ackedMs: 400 },
      { sentMs: 130, ackedMs: 300 },
    ];
    expect(firstAcknowledgements(acknowledged, at(100, 500))).toEqual([200, Number.POSITIVE_INFINITY]);
  });

  it('takes quantiles by nearest rank', () => {
    const values = [5, 1, 4, 2, 3];
    expect([0, 0.5, 0.99, 1].map((share) => quantile(values, share))).toEqual([1, 3, 5, 5]);
    expect(quantile([], 0.5)).toBeUndefined();
  });
});

describe('the whole', () => {
  const disturbances = [{ what: 'kill', atMs: 50 }];
  const evidence = (clients: readonly ClientView[], effects: ReadonlyMap<string, number>) =>
    tally({ clients, records: new Map([['r', record([done('r'), words])]]), effects, disturbances });
  const well = () => evidence([client('r', [done('r'), words])], new Map([[key('r'), 1]]));

  it('keeps its promises when nothing is wrong', () => {
    expect(well()).toMatchObject({ acknowledged: 1, lost: 0, duplicatedEffects: 0, effects: 1 });
    expect(brokenPromises(well(), { recoveryP99Ms: 1, hasNoUnknown: true })).toEqual([]);
  });

  it('does not take a long answer for a pause, and counts what was claimed again', () => {
    const told = [done('r'), words];
    const slow = { heardMs: [200, 9_000] };
    const isLong = { ...slow, work: { task: 'work', isLong: true } };
    const late = [{ what: 'kill', atMs: 250 }];
    const found = (change: Partial<ClientView>) =>
      tally({
        clients: [client('r', told, change)],
        records: new Map([['r', { ...record(told), takeOvers: 2 }]]),
        effects: new Map([[key('r'), 1]]),
        disturbances: late,
      });
    expect(found(slow)).toMatchObject({ disturbedRuns: 1, takeOvers: 2 });
    expect(found(isLong)).toMatchObject({ disturbedRuns: 0, takeOvers: 2 });
  });

  it('counts an effect of any call that happened more than once, also one of a run that nobody knows', () => {
    const found = evidence([], new Map([[key('forgotten'), 3]]));
    expect(found.duplicatedEffects).toBe(2);
    expect(brokenPromises(found, {}).join()).toContain('2 effects were repeated');
  });

  it('proves nothing without runs, or without disturbances', () => {
    expect(brokenPromises(evidence([], new Map()), {})[0]).toContain('nothing was proved');
    expect(brokenPromises({ ...well(), disturbances: 0 }, {})[0]).toContain('nothing was proved');
  });

  it.each([
    ['lost', { lost: 1 }, {}, '1 acknowledged runs were lost'],
    ['failed', { failed: 2 }, {}, '2 acknowledged runs failed'],
    ['refused', { refusals: ['no'] }, {}, 'refused for good, the first with: no'],
    ['unknown', { unknownOutcomes: 1 }, { hasNoUnknown: true }, 'nothing was killed'],
    ['slow', { recoveryMs: { p50: 1, p99: 9_000, max: 9_000 } }, { recoveryP99Ms: 5_000 }, '9000 ms'],
    ['stopped', { standstillMs: { p50: 1, p99: 1, max: Infinity } }, { standstillMs: 10 }, 'work went on'],
    ['at odds', { disagreements: ['a', 'b', 'c', 'd'] }, {}, '… and 1 more disagreements'],
  ])('breaks a promise when something is %s', (_what, change, bars, told) => {
    expect(brokenPromises({ ...well(), ...change }, bars).join('\n')).toContain(told);
  });

  it('judges no time where other tests run beside it, and still hears when something never goes on', () => {
    const bars = withoutTimes({ recoveryP99Ms: 5, standstillMs: 10, hasNoUnknown: true });
    const slow = {
      standstillMs: { p50: 1, p99: 90_000, max: 90_000 },
      recoveryMs: { p50: 1, p99: 9_000, max: 9_000 },
    };
    expect(brokenPromises({ ...well(), ...slow }, bars)).toEqual([]);
    const never = { standstillMs: { p50: 1, p99: 1, max: Infinity } };
    expect(brokenPromises({ ...well(), ...never }, bars)).toHaveLength(1);
    expect(brokenPromises({ ...well(), unknownOutcomes: 1 }, bars)).toHaveLength(1);
  });

  it('times creations before the first disturbance and during all of them, from the first attempt on', () => {
    const created = (askedMs: number, tookMs: number) =>
      client('r', [], {
        acknowledged: {
          ...{ run: 'r', thread: 't', attempts: 1, askedMs },
          ...{ sentMs: askedMs + 1, ackedMs: askedMs + tookMs },
        },
      });
    const found = evidence(
      [created(10, 20), created(60, 61), created(70, 50), created(9_000, 900)],
      new Map(),
    );
    expect(found.creationMs).toMatchObject({ before: { p99: 20 }, during: { p50: 50, p99: 61 } });
    const judged = (creationRatio: number) => brokenPromises(found, { creationRatio }).join();
    expect(judged(3)).toContain('creations took 61 ms (p99), and 20 ms before; the bar is 3 times');
    expect(judged(4)).not.toContain('creations took');
    expect(brokenPromises(evidence([created(60, 1)], new Map()), { creationRatio: 3 }).join()).toContain(
      'no creation was timed',
    );
  });

  it('reads the ledger by tool', () => {
    const folder = mkdtempSync(join(tmpdir(), 'drill-ledger-'));
    const file = join(folder, 'ledger');
    const line = (tool: string, name: string) => JSON.stringify({ tool, key: name, pid: 1, at: 1 });
    writeFileSync(file, `${[line('a', 'x'), line('b', 'y'), line('a', 'x')].join('\n')}\n`);
    expect([...effectsByKey(file, 'a')]).toEqual([['x', 2]]);
    rmSync(folder, { recursive: true });
  });
});
