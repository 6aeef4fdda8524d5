import { closedLoop } from '../load/closed-loop';
import type { Subject, Task } from '../subjects/subject';
import type { WorkContext } from './context';
import type { RoundsFinding } from './findings';
import { type Round, measured } from './round';
import { summaryOf } from '../accounts/round-summary';

type RoundsBySubject = Readonly<Record<string, readonly Round[]>>;

export async function closedFinding(task: Task, context: WorkContext): Promise<RoundsFinding> {
  const rounds = await closedWork(task, context.options.clients, context);
  const summaries = Object.entries(rounds).map(([name, found]) => [name, summaryOf(found)] as const);
  return { rounds, summaries: Object.fromEntries(summaries) };
}

/** As many runs as the subject answers, by so many clients that each wait for their answer. */
export async function closedWork(
  task: Task,
  clients: number,
  { options, subjects, model, progress, signal }: WorkContext,
): Promise<RoundsBySubject> {
  const able = subjects.filter((subject) => subject.tasks.has(task));
  const load = (subject: Subject, seconds: number) =>
    closedLoop(() => subject.ask(task), { clients, seconds, signal });
  const rounds: Record<string, Round[]> = Object.fromEntries(able.map(({ name }) => [name, []]));
  for (const subject of able) {
    progress(`${task}, ${clients} clients: warming ${subject.title} up`);
    await load(subject, options.warmUpSeconds);
  }
  for (let round = 0; round < options.rounds; round += 1) {
    for (const subject of turned(able, round)) {
      signal.throwIfAborted();
      const found = await measured(subject, { model, subjects }, () => load(subject, options.seconds));
      rounds[subject.name]?.push(found);
      const perSecond = (found.runs / found.elapsedMs) * 1_000;
      progress(
        `${task}, round ${round + 1}/${options.rounds}: ${subject.title} ${perSecond.toFixed(0)} runs/s`,
      );
    }
  }
  return rounds;
}

/** Another begins in each round, so that none always follows the same one. */
function turned<T>(all: readonly T[], by: number): readonly T[] {
  const at = all.length === 0 ? 0 : by % all.length;
  return [...all.slice(at), ...all.slice(0, at)];
}
