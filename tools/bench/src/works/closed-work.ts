import { summaryOf } from '../accounts/round-summary';
import { closedLoop } from '../load/closed-loop';
import type { Subject, Task } from '../subjects/subject';
import type { WorkContext } from './context';
import type { RoundsFinding } from './findings';
import { type BySubject, interleaved } from './interleaved';
import { type Round, measured } from './round';

export interface ClosedPlan {
  readonly task: Task;
  readonly clients: number;
  readonly subjects: readonly Subject[];
}

export function closedFinding(task: Task, context: WorkContext): Promise<RoundsFinding> {
  const { options, subjects } = context;
  return findingOf(closedRounds({ task, clients: options.clients, subjects }, context));
}

export async function findingOf(found: Promise<BySubject<Round>>): Promise<RoundsFinding> {
  const rounds = await found;
  const summaries = Object.entries(rounds).map(([name, all]) => [name, summaryOf(all)] as const);
  return { rounds, summaries: Object.fromEntries(summaries) };
}

/** As many runs as the subject answers, by so many clients that each wait for their answer. */
export async function closedRounds(
  { task, clients, subjects }: ClosedPlan,
  context: WorkContext,
): Promise<BySubject<Round>> {
  const { options, progress, signal } = context;
  const able = subjects.filter((subject) => subject.tasks.has(task));
  const load = (subject: Subject, seconds: number) =>
    closedLoop(() => subject.ask(task), { clients, seconds, signal });
  const title = `${task}, ${clients} ${clients === 1 ? 'client' : 'clients'}`;
  for (const subject of able) {
    progress(`${title}: warming up ${subject.title}`);
    await load(subject, options.warmUpSeconds);
  }
  return interleaved(able, options.rounds, async (subject, round) => {
    signal.throwIfAborted();
    const found = await measured(subject, context, () => load(subject, options.seconds));
    const perSecond = ((found.runs / found.elapsedMs) * 1_000).toFixed(0);
    progress(`${title}, round ${round + 1}/${options.rounds}: ${subject.title}: ${perSecond} runs/s`);
    return found;
  });
}
