import type { CaseResult } from './drill';
import type { Tally, Times } from './accounts/tally';

export interface Report {
  readonly drill: string;
  readonly seed: number;
  readonly rate: number;
  readonly isShort: boolean;
  readonly durationMs: number;
  readonly found: Tally | readonly CaseResult[];
  /** Broken promises, in words. */
  readonly broken: readonly string[];
}

export const isTally = (found: Report['found']): found is Tally => !Array.isArray(found);

/** One JSON object; `ok` says whether the promises were kept. */
export function reportJson({ found, broken, ...about }: Report): string {
  const what = isTally(found) ? found : { cases: found };
  return `${JSON.stringify({ ...about, ok: broken.length === 0, ...what, broken })}\n`;
}

const seconds = (ms: number | undefined): string => (ms === undefined ? '–' : `${(ms / 1_000).toFixed(2)} s`);

const spread = ({ p50, p99, max }: Times): string =>
  `p50 ${seconds(p50)}, p99 ${seconds(p99)}, longest ${seconds(max)}`;

function tallyRows(found: Tally): readonly (readonly [string, string | number])[] {
  return [
    ['acknowledged', found.acknowledged],
    ['lost', found.lost],
    ['duplicated effects', found.duplicatedEffects],
    ['unknown outcomes', found.unknownOutcomes],
    ['failed', found.failed],
    ['not acknowledged', found.unacknowledged],
    ['effects in the ledger', found.effects],
    ['disagreements', found.disagreements.length],
    ['disturbances', found.disturbances],
    ['taken over', found.takeOvers],
    ['disturbed runs', found.disturbedRuns],
    ['recovery', spread(found.recoveryMs)],
    ['first acknowledgement', spread(found.firstAcknowledgementMs)],
    ['creation before', spread(found.creationMs.before)],
    ['creation during', spread(found.creationMs.during)],
    ['standstill', spread(found.standstillMs)],
    ['streams broken off', `${found.streamBreaks}, cursors of no use: ${found.cursorResets}`],
  ];
}

const caseRows = (results: readonly CaseResult[]): readonly (readonly [string, string])[] =>
  results.map(({ name, fault, detail }) => [
    name,
    fault === undefined ? `as it should be (${detail})` : `WRONG: ${fault}`,
  ]);

/** For people. */
export function reportText({ drill, found, broken, durationMs, seed }: Report): string {
  const rows = isTally(found) ? tallyRows(found) : caseRows(found);
  const width = Math.max(24, ...rows.map(([name]) => name.length + 2));
  const lines = rows.map(([name, value]) => `  ${name.padEnd(width)}${value}`);
  const verdict =
    broken.length === 0
      ? ['The promises were kept.']
      : ['PROMISES BROKEN:', ...broken.map((promise) => `  - ${promise}`)];
  const title = `${drill}: ${seconds(durationMs)}, seed ${seed}`;
  return `${[title, ...lines, ...verdict].join('\n')}\n`;
}
