import type { RoundSummary } from '../accounts/round-summary';
import { absent, figure, mebibytes, spreadText } from './figures';
import { table } from './table';

export type Summaries = Readonly<Record<string, RoundSummary>>;

/** Throughput, latency and cost beside one another, then where the cost lies. */
export function closedText(summaries: Summaries): string {
  const rows = Object.entries(summaries).map(([name, found]) => [
    name,
    spreadText(found.runsPerSecond),
    spreadText(found.latencyP50Ms),
    spreadText(found.latencyP99Ms),
    spreadText(found.cpuSeconds),
    mebibytes(found.pssBytes?.median),
    figure(found.modelCallsPerRun?.median),
    found.errors === 0 ? '0' : String(found.errors),
  ]);
  const head = ['', 'runs/s', 'p50 ms', 'p99 ms', 'CPU-s/1,000 runs', 'memory', 'model calls', 'errors'];
  return [table(head, rows), costText(summaries), redisText(summaries)]
    .filter((text) => text !== '')
    .join('\n');
}

function costText(summaries: Summaries): string {
  const rows = Object.entries(summaries).flatMap(([name, found]) => [
    ...Object.entries(found.cpuSecondsByRole).map(([role, cpu]) => [
      `${name}: ${role}`,
      spreadText(cpu),
      mebibytes(found.pssBytesByRole[role]?.median),
    ]),
    [`${name}: apart: load`, spreadText(found.loadCpuSeconds), absent],
    [`${name}: apart: model-sim`, spreadText(found.modelCpuSeconds), absent],
  ]);
  return table(['where it lies', 'CPU-s/1,000 runs', 'memory'], rows);
}

function redisText(summaries: Summaries): string {
  const found = Object.entries(summaries).flatMap(([name, { redisPerRun }]) =>
    redisPerRun === undefined ? [] : [{ name, redis: redisPerRun }],
  );
  if (found.length === 0) return '';
  const rows = found.map(({ name, redis }) => [
    name,
    figure(redis.commands),
    figure(redis.reads),
    figure(redis.writes),
    figure(redis.inputBytes),
    figure(redis.outputBytes),
    figure(redis.memoryBytes),
    figure(redis.aofBytes),
  ]);
  const head = [
    'Redis, per run',
    'commands',
    'reads',
    'writes',
    'bytes in',
    'bytes out',
    'memory',
    'AOF bytes',
  ];
  const most = found.map(({ name, redis }) => {
    const byName = Object.entries(redis.byCommand).slice(0, 16);
    return `  ${name}: ${byName.map(([command, count]) => `${command} ${figure(count)}`).join(', ')}\n`;
  });
  return table(head, rows) + most.join('');
}
