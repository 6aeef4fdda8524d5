import { describe, expect, it } from '@jest/globals';
import { type Tally, tally, timesOf } from '../accounts/tally';
import { drills } from '../drills';
import { recordPlan } from './plan';
import { brokenIn, recordJson, recordText } from './record-report';
import { type RecordedDrill, sumOf } from './sum';

const nothing = tally({ clients: [], records: new Map(), effects: new Map(), disturbances: [] });
const drill = (
  breaks: RecordedDrill['breaks'],
  found: Partial<Tally> | undefined,
  pausesMs: number[] = [],
) => ({
  ...{ drill: breaks === 'kill' ? 'kill-worker' : 'redis-failover', breaks, times: 1, pausesMs, broken: [] },
  found: found === undefined ? undefined : { ...nothing, recoveryMs: timesOf(pausesMs), ...found },
});

const held: readonly RecordedDrill[] = [
  drill('kill', { disturbances: 3, acknowledged: 10, unknownOutcomes: 1, disturbedRuns: 2 }, [3_000, 4_000]),
  drill('failover', { disturbances: 2, acknowledged: 5, lost: 1, standstillMs: timesOf([2_500]) }, [2_000]),
];
const about = { seed: 7, rate: 10, isShort: false, durationMs: 60_000 };

describe('the plan of the record', () => {
  it('holds what is promised over 200 kills and 10 failovers, with drills that there are', () => {
    const times = (breaks: string) =>
      recordPlan(false)
        .filter((planned) => planned.breaks === breaks)
        .reduce((sum, planned) => sum + planned.times, 0);
    expect(times('kill')).toBeGreaterThanOrEqual(200);
    expect(times('failover')).toBeGreaterThanOrEqual(10);
    for (const { drill: name } of [...recordPlan(false), ...recordPlan(true)])
      expect(Object.keys(drills)).toContain(name);
  });
});

describe('the record', () => {
  it('adds up what the drills found, and takes the quantiles over all their runs', () => {
    expect(sumOf(held)).toMatchObject({
      ...{ kills: 3, failovers: 2, acknowledged: 15, lost: 1, unknownOutcomes: 1, standstillMs: 2_500 },
      recoveryMs: { p50: 3_000, p99: 4_000, max: 4_000 },
      recoveryAfterKillsMs: { p50: 3_000, max: 4_000 },
      recoveryAfterFailoversMs: { p50: 2_000, max: 2_000 },
    });
  });

  it('shows a table that stands in a document as it is', () => {
    const lines = recordText({ ...about, drills: held }).split('\n');
    const rows = lines.filter((line) => line.startsWith('|'));
    expect(rows).toHaveLength(5);
    expect(new Set(rows.map((row) => row.split('|').length)).size).toBe(1);
    expect(rows.at(-1)).toContain('3 kills, 2 failovers');
    expect(lines).toContain('recovery after kills 3.0 / 4.0, after failovers 2.0 / 2.0');
  });

  it('is broken when any drill of it is, or could not be held', () => {
    const failed = { ...drill('kill', undefined), broken: ['it could not be held to its end: no port'] };
    const report = { ...about, drills: [...held, failed] };
    expect(brokenIn(report)).toEqual(['kill-worker: it could not be held to its end: no port']);
    expect(JSON.parse(recordJson(report))).toMatchObject({ drill: 'record', ok: false, kills: 3 });
    expect(recordText(report)).toContain('PROMISES BROKEN');
    expect(JSON.parse(recordJson({ ...about, drills: held }))).toMatchObject({ ok: true, drills: [{}, {}] });
  });
});
