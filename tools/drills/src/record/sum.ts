import type { Tally, Times } from '../accounts/tally';
import { timesOf } from '../accounts/tally';
import type { PlannedDrill } from './plan';

/** What one drill of the record came to; `found` is missing where it could not be held to its end. */
export interface RecordedDrill extends PlannedDrill {
  readonly found: Tally | undefined;
  /** How long each disturbed run stood still. */
  readonly pausesMs: readonly number[];
  readonly broken: readonly string[];
}

/** The drills of a record together. Times in milliseconds. */
export interface RecordSum {
  readonly kills: number;
  readonly failovers: number;
  readonly acknowledged: number;
  readonly lost: number;
  readonly duplicatedEffects: number;
  readonly unknownOutcomes: number;
  readonly failed: number;
  readonly disagreements: number;
  readonly takeOvers: number;
  readonly disturbedRuns: number;
  readonly recoveryMs: Times;
  readonly recoveryAfterKillsMs: Times;
  readonly recoveryAfterFailoversMs: Times;
  readonly firstAcknowledgementMs: number | undefined;
  readonly standstillMs: number | undefined;
}

export function sumOf(drills: readonly RecordedDrill[]): RecordSum {
  const tallies = drills.flatMap(({ found }) => (found === undefined ? [] : [found]));
  const total = (of: (found: Tally) => number): number => tallies.reduce((sum, found) => sum + of(found), 0);
  const longest = (of: (found: Tally) => number | undefined): number | undefined =>
    tallies.length === 0 ? undefined : Math.max(...tallies.map((found) => of(found) ?? 0));
  const after = (breaks: PlannedDrill['breaks']) => drills.filter((drill) => drill.breaks === breaks);
  const disturbances = (of: readonly RecordedDrill[]): number =>
    of.reduce((sum, { found }) => sum + (found?.disturbances ?? 0), 0);
  const recovery = (of: readonly RecordedDrill[]): Times => timesOf(of.flatMap(({ pausesMs }) => pausesMs));
  return {
    kills: disturbances(after('kill')),
    failovers: disturbances(after('failover')),
    acknowledged: total(({ acknowledged }) => acknowledged),
    lost: total(({ lost }) => lost),
    duplicatedEffects: total(({ duplicatedEffects }) => duplicatedEffects),
    unknownOutcomes: total(({ unknownOutcomes }) => unknownOutcomes),
    failed: total(({ failed }) => failed),
    disagreements: total(({ disagreements }) => disagreements.length),
    takeOvers: total(({ takeOvers }) => takeOvers),
    disturbedRuns: total(({ disturbedRuns }) => disturbedRuns),
    recoveryMs: recovery(drills),
    recoveryAfterKillsMs: recovery(after('kill')),
    recoveryAfterFailoversMs: recovery(after('failover')),
    firstAcknowledgementMs: longest(({ firstAcknowledgementMs }) => firstAcknowledgementMs.max),
    standstillMs: longest(({ standstillMs }) => standstillMs.max),
  };
}
