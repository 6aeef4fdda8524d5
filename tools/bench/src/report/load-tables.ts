import { total } from '../accounts/by-role';
import { spreadOf } from '../accounts/spread';
import type {
  BurstFinding,
  SoakFinding,
  SustainFinding,
  TelemetryFinding,
  ThreadsFinding,
} from '../works/findings';
import { closedText } from './closed-tables';
import { absent, figure, mebibytes, spreadText } from './figures';
import { table } from './table';

export function burstText({ runs, rounds, idleRssBytes, aboveIdleBytes }: BurstFinding): string {
  const rows = Object.entries(rounds).map(([name, found]) => [
    name,
    spreadText(spreadOf(found.map(({ elapsedMs }) => elapsedMs / 1_000))),
    spreadText(spreadOf(found.map(({ cpuSeconds }) => total(cpuSeconds)))),
    mebibytes(total(idleRssBytes[name] ?? {})),
    mebibytes(aboveIdleBytes[name]),
    String(found.reduce((sum, { errors }) => sum + total(errors), 0)),
  ]);
  const head = [`${runs} runs`, 'all done after s', 'CPU-s', 'idle', 'most above idle', 'errors'];
  return table(head, rows);
}

export function sustainText({ rate, summaries, added }: SustainFinding): string {
  const rows = Object.entries(summaries).map(([name, found]) => [
    name,
    spreadText(found.latencyP50Ms),
    spreadText(added[name]?.p50Ms),
    spreadText(added[name]?.p95Ms),
    spreadText(added[name]?.p99Ms),
    spreadText(found.cpuSeconds),
    String(found.errors),
  ]);
  const head = [
    `${rate} runs/s`,
    'p50 ms',
    'added p50',
    'added p95',
    'added p99',
    'CPU-s/1,000 runs',
    'errors',
  ];
  return table(head, rows);
}

export function threadsText({ levels, summaries }: ThreadsFinding): string {
  const rows = Object.entries(levels).map(([level, name]) => {
    const found = summaries[name];
    return [
      `${figure(Number(level))} stored`,
      spreadText(found?.cpuSeconds),
      spreadText(found?.cpuSecondsByRole['redis']),
      spreadText(found?.latencyP50Ms),
      found === undefined ? absent : String(found.errors),
    ];
  });
  return table(['', 'CPU-s/1,000 runs', 'of it Redis', 'p50 ms', 'errors'], rows);
}

export function soakText({ rate, seconds, bySubject }: SoakFinding): string {
  const rows = Object.entries(bySubject).flatMap(([name, { trends, round }]) => [
    ...Object.entries(trends).map(([role, { medianBytes, maxBytes, bytesPerHour }]) => [
      `${name}: ${role}`,
      mebibytes(medianBytes),
      mebibytes(maxBytes),
      mebibytes(bytesPerHour),
    ]),
    [`${name}: p99 ${figure(round.latencyMs?.p99)} ms, ${total(round.errors)} errors`],
  ]);
  return table([`${rate} runs/s for ${seconds} s`, 'median', 'most', 'growth an hour'], rows);
}

export function telemetryText({ summaries, traces: { batches, bytes } }: TelemetryFinding): string {
  const sent =
    batches === 0
      ? '  no traces arrived: `telemetry-traces` differs from `telemetry-logs` by chance alone\n'
      : `  ${batches} batches of traces arrived, ${figure(bytes / 1e6)} MB\n`;
  return closedText({ summaries }) + sent;
}
