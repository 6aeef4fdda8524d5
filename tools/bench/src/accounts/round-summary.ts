import { total } from './by-role';
import type { LoopDelay } from './event-loop';
import type { Round } from '../works/round';
import { type Spread, median, spreadOf } from './spread';

/** Several rounds of one subject at one work. */
export interface RoundSummary {
  readonly runs: number;
  readonly errors: number;
  readonly runsPerSecond: Spread | undefined;
  readonly latencyP50Ms: Spread | undefined;
  readonly latencyP99Ms: Spread | undefined;
  /** For 1,000 runs: all of the subject's processes, its Redis among them, and by role. */
  readonly cpuSeconds: Spread | undefined;
  readonly cpuSecondsByRole: Readonly<Record<string, Spread>>;
  /** What the load generator and the model took for 1,000 runs. */
  readonly loadCpuSeconds: Spread | undefined;
  readonly modelCpuSeconds: Spread | undefined;
  /** What the other subjects took meanwhile, at rest as they should be: shares of one core. */
  readonly othersShare: Spread | undefined;
  readonly modelCallsPerRun: Spread | undefined;
  readonly pssBytes: Spread | undefined;
  readonly pssBytesByRole: Readonly<Record<string, Spread>>;
  readonly redisPerRun: RedisSummary | undefined;
  readonly loopDelay: Readonly<Record<string, LoopDelay>>;
}

export interface RedisSummary {
  readonly commands: number;
  readonly byCommand: Readonly<Record<string, number>>;
  readonly usecByCommand: Readonly<Record<string, number>>;
  readonly reads: number;
  readonly writes: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly memoryBytes: number;
  readonly aofBytes: number | undefined;
}

export function summaryOf(rounds: readonly Round[]): RoundSummary {
  const answered = rounds.filter(({ runs }) => runs > 0);
  const over = (measure: (round: Round) => number): Spread | undefined => spreadOf(answered.map(measure));
  const per1000 = (round: Round, amount: number): number => (amount / round.runs) * 1_000;
  return {
    runs: rounds.reduce((sum, { runs }) => sum + runs, 0),
    errors: rounds.reduce((sum, { errors }) => sum + total(errors), 0),
    runsPerSecond: over(({ runs, elapsedMs }) => (runs / elapsedMs) * 1_000),
    latencyP50Ms: over(({ latencyMs }) => latencyMs?.p50 ?? Number.NaN),
    latencyP99Ms: over(({ latencyMs }) => latencyMs?.p99 ?? Number.NaN),
    cpuSeconds: over((round) => per1000(round, total(round.cpuSeconds))),
    cpuSecondsByRole: overRoles(answered, (round, role) => per1000(round, round.cpuSeconds[role] ?? 0)),
    loadCpuSeconds: over((round) => per1000(round, round.apart.load)),
    modelCpuSeconds: over((round) => per1000(round, round.apart.model)),
    othersShare: over(({ apart, elapsedMs }) => apart.others / (elapsedMs / 1_000)),
    modelCallsPerRun: over(({ modelCalls, runs }) => modelCalls / runs),
    pssBytes: over(({ pssBytes }) => total(pssBytes)),
    pssBytesByRole: overRoles(answered, ({ pssBytes }, role) => pssBytes[role] ?? 0),
    redisPerRun: redisSummary(answered),
    loopDelay: loopSummary(answered),
  };
}

function overRoles(
  rounds: readonly Round[],
  measure: (round: Round, role: string) => number,
): Readonly<Record<string, Spread>> {
  const roles = new Set(rounds.flatMap(({ cpuSeconds }) => Object.keys(cpuSeconds)));
  const found = [...roles].flatMap((role) => {
    const spread = spreadOf(rounds.map((round) => measure(round, role)));
    return spread === undefined ? [] : [[role, spread] as const];
  });
  return Object.fromEntries(found);
}

/** Medians, figure by figure. */
function redisSummary(rounds: readonly Round[]): RedisSummary | undefined {
  const found = rounds.flatMap(({ redis }) => (redis === undefined ? [] : [redis]));
  const middle = (values: readonly number[]): number => spreadOf(values)?.median ?? Number.NaN;
  if (found.length === 0) return undefined;
  const byName = (all: readonly Readonly<Record<string, number>>[]) =>
    Object.fromEntries(
      [...new Set(all.flatMap((one) => Object.keys(one)))].map((name) => [
        name,
        middle(all.map((one) => one[name] ?? 0)),
      ]),
    );
  const written = found.flatMap(({ aofBytes }) => (aofBytes === undefined ? [] : [aofBytes]));
  return {
    commands: middle(found.map(({ commands }) => commands)),
    byCommand: byName(found.map(({ byCommand }) => byCommand)),
    usecByCommand: byName(found.map(({ usecByCommand }) => usecByCommand)),
    reads: middle(found.map(({ reads }) => reads)),
    writes: middle(found.map(({ writes }) => writes)),
    inputBytes: middle(found.map(({ inputBytes }) => inputBytes)),
    outputBytes: middle(found.map(({ outputBytes }) => outputBytes)),
    memoryBytes: middle(found.map(({ memoryBytes }) => memoryBytes)),
    aofBytes: spreadOf(written)?.median,
  };
}

function loopSummary(rounds: readonly Round[]): Readonly<Record<string, LoopDelay>> {
  const roles = new Set(rounds.flatMap(({ loopDelay }) => Object.keys(loopDelay)));
  const middle = (role: string, measure: (delay: LoopDelay) => number): number =>
    median(
      rounds.flatMap(({ loopDelay: { [role]: delay } }) => (delay === undefined ? [] : [measure(delay)])),
    );
  return Object.fromEntries(
    [...roles].map((role) => [
      role,
      { meanMs: middle(role, ({ meanMs }) => meanMs), p99Ms: middle(role, ({ p99Ms }) => p99Ms) },
    ]),
  );
}
