import { addedOf } from '../accounts/added';
import { pause } from '@lumina/testbed';
import { LuminaSubject } from '../subjects/lumina-subject';
import type { StoredBytes } from '../subjects/stored-runs';
import type { Subject } from '../subjects/subject';
import { closedFindings } from './closed-work';
import type { WorkContext } from './context';
import type { LatencyFinding, RestingRedis } from './findings';
import { leftBehind } from './left-behind';
import { countersOf } from './round';
import { traced } from './trace';

const restMs = 3_000;
export const latencyTasks = ['chat', 'agent'] as const;

/** One client: nobody else is in the way, and no work is shared between runs. */
export async function latencyFinding(context: WorkContext): Promise<LatencyFinding> {
  const { direct, subjects, progress } = context;
  const resting: Record<string, RestingRedis> = {};
  for (const subject of subjects) {
    if (subject.redis !== undefined) resting[subject.name] = await atRest(subject.redis);
  }
  const tasks: Record<string, LatencyFinding['tasks'][string]> = {};
  for (const task of latencyTasks) {
    const plan = { tasks: [task], clients: 1, subjects: [direct, ...subjects] };
    const { [task]: finding } = await closedFindings(plan, context);
    const latencies = (name: string) => (finding.rounds[name] ?? []).map(({ latencyMs }) => latencyMs);
    const added = Object.keys(finding.rounds)
      .filter((name) => name !== direct.name)
      .map((name) => [name, addedOf(latencies(name), latencies(direct.name))] as const);
    tasks[task] = { ...finding, added: Object.fromEntries(added) };
  }
  progress('writing down what Redis is asked');
  const stored: Record<string, StoredBytes> = {};
  for (const subject of subjects) {
    if (subject instanceof LuminaSubject) stored[subject.name] = await leftBehind(subject);
  }
  return { tasks, resting, traces: await traced('agent', context), stored };
}

/** What Redis does while nobody asks for anything. */
async function atRest(redis: NonNullable<Subject['redis']>): Promise<RestingRedis> {
  const before = await countersOf(redis);
  await pause(restMs);
  const after = await countersOf(redis);
  return {
    readsPerSecond: (after.reads - before.reads) / (restMs / 1_000),
    writesPerSecond: (after.writes - before.writes) / (restMs / 1_000),
  };
}
