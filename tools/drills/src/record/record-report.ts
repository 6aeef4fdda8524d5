import type { Times } from '../accounts/tally';
import { type RecordSum, type RecordedDrill, sumOf } from './sum';

export interface RecordReport {
  readonly seed: number;
  readonly rate: number;
  readonly isShort: boolean;
  readonly durationMs: number;
  readonly drills: readonly RecordedDrill[];
}

export const brokenIn = ({ drills }: RecordReport): readonly string[] =>
  drills.flatMap(({ drill, broken }) => broken.map((promise) => `${drill}: ${promise}`));

/** One JSON object. */
export function recordJson(report: RecordReport): string {
  const { drills, ...about } = report;
  const broken = brokenIn(report);
  const each = drills.map(({ drill, found, broken: faults }) => ({ drill, ...found, broken: faults }));
  return `${JSON.stringify({ drill: 'record', ...about, ok: broken.length === 0, ...sumOf(drills), broken, drills: each })}\n`;
}

const columns = [
  ...['drill', 'disturbances', 'acknowledged', 'lost', 'repeated', 'unknown', 'taken over', 'disturbed runs'],
  ...['recovery p50 / p99', 'first ack, longest', 'standstill, longest'],
];

const seconds = (ms: number | undefined): string => (ms === undefined ? '–' : (ms / 1_000).toFixed(1));
const spread = ({ p50, p99 }: Times): string =>
  p50 === undefined ? '–' : `${seconds(p50)} / ${seconds(p99)}`;

function row({ drill, found }: RecordedDrill): readonly (string | number)[] {
  if (found === undefined) return [drill, 'not held', ...columns.slice(2).map(() => '')];
  return [
    ...[`\`${drill}\``, found.disturbances, found.acknowledged, found.lost, found.duplicatedEffects],
    ...[found.unknownOutcomes, found.takeOvers, found.disturbedRuns, spread(found.recoveryMs)],
    ...[seconds(found.firstAcknowledgementMs.max), seconds(found.standstillMs.max)],
  ];
}

const totals = (sum: RecordSum): readonly (string | number)[] => [
  ...['together', `${sum.kills} kills, ${sum.failovers} failovers`, sum.acknowledged, sum.lost],
  ...[sum.duplicatedEffects, sum.unknownOutcomes, sum.takeOvers, sum.disturbedRuns, spread(sum.recoveryMs)],
  ...[seconds(sum.firstAcknowledgementMs), seconds(sum.standstillMs)],
];

/** A table in Markdown, as docs/durability.md shows it, and the verdict. */
export function recordText(report: RecordReport): string {
  const { drills, seed, rate, durationMs } = report;
  const sum = sumOf(drills);
  const rows = [columns, columns.map(() => '---'), ...drills.map(row), totals(sum)];
  const lines = rows.map((cells) => `| ${cells.join(' | ')} |`);
  const broken = brokenIn(report);
  const verdict =
    broken.length === 0
      ? ['The promises were kept.']
      : ['PROMISES BROKEN:', ...broken.map((promise) => `  - ${promise}`)];
  const about = `record: ${(durationMs / 60_000).toFixed(1)} minutes, seed ${seed}, ${rate} runs a second; times in seconds`;
  const apart = `recovery after kills ${spread(sum.recoveryAfterKillsMs)}, after failovers ${spread(sum.recoveryAfterFailoversMs)}`;
  return `${[about, '', ...lines, '', apart, ...verdict].join('\n')}\n`;
}
