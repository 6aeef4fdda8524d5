import { redisInfo } from '@lumina/testbed';
import { type RedisCounters, type RedisPerRun, parseCounters, redisPerRun } from '../accounts/redis-counters';
import { type Quantiles, quantilesOf } from '../accounts/spread';
import type { Load } from '../load/closed-loop';
import { type ByRole, type Watched, cpuByRole, memoryByRole, ownCpuSeconds } from '../probes/process-probe';
import type { Model } from '../subjects/model';
import type { Subject } from '../subjects/subject';

/** What one subject did and cost in one round. */
export interface Round {
  readonly runs: number;
  readonly elapsedMs: number;
  readonly latencyMs: Quantiles | undefined;
  readonly errors: Readonly<Record<string, number>>;
  readonly modelCalls: number;
  /** CPU seconds by role: the subject's own processes. */
  readonly cpuSeconds: ByRole;
  /** CPU seconds of what is accounted for apart, and of the other subjects, which should be at rest. */
  readonly apart: { readonly load: number; readonly model: number; readonly others: number };
  readonly rssBytes: ByRole;
  readonly pssBytes: ByRole;
  readonly redis: RedisPerRun | undefined;
}

export interface Bystanders {
  readonly model: Model;
  readonly subjects: readonly Subject[];
}

const sum = (all: ByRole): number => Object.values(all).reduce((total, one) => total + one, 0);

/** Reads every meter, has the load made, and reads them again. */
export async function measured(
  subject: Subject,
  { model, subjects }: Bystanders,
  makeLoad: () => Promise<Load>,
): Promise<Round> {
  const others = subjects.filter((other) => other !== subject).flatMap(({ watched }) => watched);
  const before = await meters(subject, model, others);
  const load = await makeLoad();
  const after = await meters(subject, model, others);
  const runs = load.latenciesMs.length;
  const { rssBytes, pssBytes } = memoryByRole(subject.watched);
  const spent = (from: ByRole, to: ByRole): ByRole =>
    Object.fromEntries(Object.entries(to).map(([role, seconds]) => [role, seconds - (from[role] ?? 0)]));
  return {
    runs,
    elapsedMs: load.elapsedMs,
    latencyMs: quantilesOf(load.latenciesMs),
    errors: Object.fromEntries(load.errors),
    modelCalls: after.modelCalls - before.modelCalls,
    cpuSeconds: spent(before.cpu, after.cpu),
    apart: {
      load: after.loadCpu - before.loadCpu,
      model: sum(spent(before.modelCpu, after.modelCpu)),
      others: sum(spent(before.othersCpu, after.othersCpu)),
    },
    rssBytes,
    pssBytes,
    redis:
      before.redis === undefined || after.redis === undefined || runs === 0
        ? undefined
        : redisPerRun(before.redis, after.redis, runs),
  };
}

interface Meters {
  readonly cpu: ByRole;
  readonly modelCpu: ByRole;
  readonly othersCpu: ByRole;
  readonly loadCpu: number;
  readonly modelCalls: number;
  readonly redis: RedisCounters | undefined;
}

async function meters(subject: Subject, model: Model, others: readonly Watched[]): Promise<Meters> {
  const { redis } = subject;
  const counters = redis === undefined ? undefined : parseCounters(await redisInfo(redis, 'everything'));
  return {
    redis: counters,
    modelCalls: await model.calls(),
    cpu: cpuByRole(subject.watched),
    modelCpu: cpuByRole(model.watched),
    othersCpu: cpuByRole(others),
    loadCpu: ownCpuSeconds(),
  };
}
