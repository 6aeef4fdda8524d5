import type { RoundSummary } from '../accounts/round-summary';
import { cpuMsPerStep } from '../bars/closed-bars';
import type { Findings, RoundsFinding } from '../works/findings';
import { absent, figure, mebibytes, spreadText } from './figures';
import { table } from './table';

/** Throughput, latency and cost beside one another. */
export function closedText({ summaries }: Pick<RoundsFinding, 'summaries'>): string {
  const rows = Object.entries(summaries).map(([name, found]) => [
    name,
    spreadText(found.runsPerSecond),
    spreadText(found.latencyP50Ms),
    spreadText(found.latencyP99Ms),
    spreadText(found.cpuSeconds),
    mebibytes(found.pssBytes?.median),
    String(found.errors),
  ]);
  return table(['', 'runs/s', 'p50 ms', 'p99 ms', 'CPU-s/1,000 runs', 'memory', 'errors'], rows);
}

/** Process by process; what is not the subject's own stands apart. */
export function costText({ summaries }: RoundsFinding): string {
  const rows = Object.entries(summaries).flatMap(([name, found]) => [
    ...Object.entries(found.cpuSecondsByRole).map(([role, cpu]) => [
      `${name}: ${role}`,
      spreadText(cpu),
      mebibytes(found.pssBytesByRole[role]?.median),
      figure(found.loopDelay[role]?.meanMs),
      figure(found.loopDelay[role]?.p99Ms),
    ]),
    ...apart(name, found),
  ]);
  const shares = Object.values(summaries).flatMap(({ othersShare }) => othersShare?.max ?? []);
  const rest = `  the other subjects, at rest, took at most ${figure(Math.max(0, ...shares) * 100)} % of a core meanwhile\n`;
  return table(['', 'CPU-s/1,000 runs', 'memory', 'loop delay mean ms', 'p99 ms'], rows) + rest;
}

const apart = (name: string, { loadCpuSeconds, modelCpuSeconds }: RoundSummary) => [
  [`${name}: (load generator)`, spreadText(loadCpuSeconds), absent, absent, absent],
  [`${name}: (model-sim)`, spreadText(modelCpuSeconds), absent, absent, absent],
];

export function redisText({ summaries }: RoundsFinding): string {
  const found = Object.entries(summaries).flatMap(([name, { redisPerRun }]) =>
    redisPerRun === undefined ? [] : [{ name, redis: redisPerRun }],
  );
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
  const head = ['per run', 'commands', 'reads', 'writes', 'bytes in', 'bytes out', 'memory', 'AOF bytes'];
  const most = found.map(({ name, redis }) => {
    const byName = Object.entries(redis.byCommand).slice(0, 16);
    return `  ${name}: ${byName.map(([command, count]) => `${command} ${figure(count)}`).join(', ')}\n`;
  });
  return table(head, rows) + most.join('');
}

/** What four tool calls cost more than one, for each of the three: made in turn, each a step more; and side by side, in one. */
export function stepsText({ agent, agent4, steps4 }: Findings): readonly string[] {
  const names = new Set([...Object.keys(steps4?.summaries ?? {}), ...Object.keys(agent4?.summaries ?? {})]);
  const rows = [...names].flatMap((name) => {
    const costs = [steps4, agent4].map((four) => cpuMsPerStep(name, agent, four));
    return costs.every((cost) => cost === undefined)
      ? []
      : [[name, ...costs.map((cost) => (cost === undefined ? '–' : spreadText(cost)))]];
  });
  const head = ['CPU-ms', 'a step more (model → tool)', 'a tool call more, side by side'];
  return rows.length === 0 ? [] : [`what more costs\n${table(head, rows)}`];
}
