import { pause, redisInfo } from '@lumina/testbed';
import type { LoopDelay } from '../accounts/event-loop';
import { type ByRole, spent, total } from '../accounts/by-role';
import { type RedisCounters, type RedisPerRun, parseCounters, redisPerRun } from '../accounts/redis-counters';
import { type Quantiles, quantilesOf } from '../accounts/spread';
import type { Load } from '../load/load-record';
import { loopDelays } from '../probes/loop-probe';
import { cpuByRole, ownCpuSeconds, pssByRole, rssByRole } from '../probes/process-probe';
import type { Model } from '../subjects/model';
import type { Subject } from '../subjects/subject';
import type { WorkContext } from './context';
import { SubjectFell } from './interleaved';

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
  readonly loopDelay: Readonly<Record<string, LoopDelay>>;
}

const settleMs = 250;

export type MeasuringContext = Pick<WorkContext, 'model' | 'subjects' | 'fell'>;

/**
 * Reads every meter, has the load made, and reads them again.
 *
 * @throws SubjectFell when one of the subject's processes is gone
 */
export async function measured(
  subject: Subject,
  context: MeasuringContext,
  makeLoad: () => Promise<Load>,
): Promise<Round> {
  mustStand(subject, context);
  // What the one before has left to do.
  await pause(settleMs);
  await loopDelays(subject);
  const before = await meters(subject, context);
  const load = await makeLoad();
  mustStand(subject, context);
  const after = await meters(subject, context);
  const runs = load.latenciesMs.length;
  return {
    runs,
    elapsedMs: load.elapsedMs,
    latencyMs: quantilesOf(load.latenciesMs),
    errors: Object.fromEntries(load.errors),
    modelCalls: after.modelCalls - before.modelCalls,
    cpuSeconds: spent(before.cpu, after.cpu),
    apart: {
      load: after.loadCpu - before.loadCpu,
      model: total(spent(before.modelCpu, after.modelCpu)),
      others: total(spent(before.othersCpu, after.othersCpu)),
    },
    rssBytes: rssByRole(subject.watched),
    pssBytes: pssByRole(subject.watched),
    redis:
      before.redis === undefined || after.redis === undefined || runs === 0
        ? undefined
        : redisPerRun(before.redis, after.redis, runs),
    loopDelay: await loopDelays(subject),
  };
}

function mustStand(subject: Subject, { fell }: MeasuringContext): void {
  const { dead } = subject;
  if (dead.length === 0) return;
  const why = `died: ${dead.join(', ')}`;
  fell(subject, why);
  throw new SubjectFell(`${subject.title}: ${why}`);
}

interface Meters {
  readonly cpu: ByRole;
  readonly modelCpu: ByRole;
  readonly othersCpu: ByRole;
  readonly loadCpu: number;
  readonly modelCalls: number;
  readonly redis: RedisCounters | undefined;
}

async function meters(
  subject: Subject,
  { model, subjects }: { readonly model: Model; readonly subjects: readonly Subject[] },
): Promise<Meters> {
  const others = subjects.filter((other) => other !== subject).flatMap(({ watched }) => watched);
  return {
    redis: subject.redis === undefined ? undefined : await countersOf(subject.redis),
    modelCalls: await model.calls(),
    cpu: cpuByRole(subject.watched),
    modelCpu: cpuByRole(model.watched),
    othersCpu: cpuByRole(others),
    loadCpu: ownCpuSeconds(),
  };
}

export const countersOf = async (redis: NonNullable<Subject['redis']>): Promise<RedisCounters> =>
  parseCounters(await redisInfo(redis, 'everything'));
