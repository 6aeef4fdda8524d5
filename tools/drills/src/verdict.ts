import type { CaseResult, Bars } from './drill';
import type { Tally } from './accounts/tally';

const shownDisagreements = 3;

/** The promises that a drill found broken, in words; none: it is passed. */
export function brokenPromises(found: Tally, bars: Bars): readonly string[] {
  const { recoveryMs, firstAcknowledgementMs, standstillMs } = found;
  const faults = [
    ...unless(found.acknowledged > 0, 'nothing was acknowledged, so nothing was proved'),
    ...unless(found.disturbances > 0, 'nothing was disturbed, so nothing was proved'),
    ...unless(found.lost === 0, `${found.lost} acknowledged runs were lost`),
    ...unless(found.duplicatedEffects === 0, `${found.duplicatedEffects} effects were repeated`),
    ...unless(found.failed === 0, `${found.failed} acknowledged runs failed`),
    ...unless(found.refusals.length === 0, refusalText(found.refusals)),
    ...unless(
      bars.hasNoUnknown !== true || found.unknownOutcomes === 0,
      `${found.unknownOutcomes} outcomes are unknown, and nothing was killed`,
    ),
    ...slower(found.creationMs, bars.creationRatio),
    ...beyond('runs moved again (p99)', recoveryMs.p99, bars.recoveryP99Ms),
    ...beyond('creations were acknowledged again', firstAcknowledgementMs.max, bars.firstAcknowledgementMs),
    ...beyond('work went on', standstillMs.max, bars.standstillMs),
  ];
  const { disagreements } = found;
  const more = disagreements.length - shownDisagreements;
  return [
    ...faults,
    ...disagreements.slice(0, shownDisagreements),
    ...(more > 0 ? [`… and ${more} more disagreements`] : []),
  ];
}

/** For short drills, which run beside other tests: what must happen must happen, and how long it takes is only shown. */
export const withoutTimes = (bars: Bars): Bars => ({
  ...bars,
  ...(bars.creationRatio === undefined ? {} : { creationRatio: Number.MAX_VALUE }),
  ...(bars.recoveryP99Ms === undefined ? {} : { recoveryP99Ms: Number.MAX_VALUE }),
  ...(bars.firstAcknowledgementMs === undefined ? {} : { firstAcknowledgementMs: Number.MAX_VALUE }),
  ...(bars.standstillMs === undefined ? {} : { standstillMs: Number.MAX_VALUE }),
});

export const brokenCases = (results: readonly CaseResult[]): readonly string[] =>
  results.flatMap(({ name, fault }) => (fault === undefined ? [] : [`${name}: ${fault}`]));

const refusalText = (refusals: readonly string[]): string =>
  `${refusals.length} sound requests were refused for good, the first with: ${refusals[0] ?? ''}`;

const unless = (isKept: boolean, fault: string): readonly string[] => (isKept ? [] : [fault]);

function slower({ before, during }: Tally['creationMs'], ratio: number | undefined): readonly string[] {
  if (ratio === undefined) return [];
  if (before.p99 === undefined || during.p99 === undefined)
    return ['no creation was timed before or during, so nothing was proved'];
  if (during.p99 <= before.p99 * ratio) return [];
  return [`creations took ${during.p99} ms (p99), and ${before.p99} ms before; the bar is ${ratio} times`];
}

function beyond(what: string, ms: number | undefined, barMs: number | undefined): readonly string[] {
  if (barMs === undefined || (ms !== undefined && ms <= barMs)) return [];
  // Recovery is of disturbed runs: where none was disturbed, there is none to measure.
  if (ms === undefined) return what.includes('p99') ? [] : [`never again: ${what}`];
  return [`${what} after ${Math.round(ms)} ms; the bar is ${barMs} ms`];
}
