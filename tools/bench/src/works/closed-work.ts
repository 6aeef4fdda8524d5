import { summaryOf } from '../accounts/round-summary';
import { closedLoop } from '../load/closed-loop';
import type { Subject, Task } from '../subjects/subject';
import type { WorkContext } from './context';
import type { RoundsFinding } from './findings';
import { type BySubject, interleaved, turned } from './interleaved';
import { type Round, measured } from './round';

export interface ClosedPlan<T extends Task> {
  readonly tasks: readonly T[];
  readonly clients: number;
  readonly subjects: readonly Subject[];
}

/**
 * As many runs as each subject answers, by so many clients that each wait for their answer. A subject whose turn it is does all the
 * tasks one after the other, so that what they cost can be compared, too.
 */
export async function closedFindings<T extends Task>(
  plan: ClosedPlan<T>,
  context: WorkContext,
): Promise<Readonly<Record<T, RoundsFinding>>> {
  const { options, progress, signal } = context;
  const able = plan.subjects.filter((subject) => plan.tasks.some((task) => subject.tasks.has(task)));
  const turn = new ClosedTurn(plan, context);
  for (const subject of able) {
    progress(`${plan.tasks.join(', ')}: warming up ${subject.title}`);
    await turn.warmUp(subject);
  }
  const turns = await interleaved(able, options.rounds, async (subject, round) => {
    signal.throwIfAborted();
    return turn.measure(subject, round);
  });
  const of = (task: T): BySubject<Round> =>
    Object.fromEntries(
      Object.entries(turns)
        .map(([name, found]) => [name, found.flatMap((one) => one[task] ?? [])] as const)
        .filter(([, rounds]) => rounds.length > 0),
    );
  return Object.fromEntries(plan.tasks.map((task) => [task, findingOf(of(task))])) as Record<
    T,
    RoundsFinding
  >;
}

export function findingOf(rounds: BySubject<Round>): RoundsFinding {
  const summaries = Object.entries(rounds).map(([name, all]) => [name, summaryOf(all)] as const);
  return { rounds, summaries: Object.fromEntries(summaries) };
}

/** What one subject does when its turn has come. */
class ClosedTurn<T extends Task> {
  constructor(
    private readonly plan: ClosedPlan<T>,
    private readonly context: WorkContext,
  ) {}

  async warmUp(subject: Subject): Promise<void> {
    for (const task of this.tasksOf(subject))
      await this.load(subject, task, this.context.options.warmUpSeconds);
  }

  async measure(subject: Subject, round: number): Promise<Readonly<Partial<Record<T, Round>>>> {
    const { options, progress } = this.context;
    const found: Partial<Record<T, Round>> = {};
    for (const task of turned(this.tasksOf(subject), round)) {
      const one = await measured(subject, this.context, () => this.load(subject, task, options.seconds));
      const perSecond = ((one.runs / one.elapsedMs) * 1_000).toFixed(0);
      progress(
        `${this.title(task)}, round ${round + 1}/${options.rounds}: ${subject.title}: ${perSecond} runs/s`,
      );
      found[task] = one;
    }
    return found;
  }

  private tasksOf(subject: Subject): readonly T[] {
    return this.plan.tasks.filter((task) => subject.tasks.has(task));
  }

  private load(subject: Subject, task: T, seconds: number) {
    const { clients } = this.plan;
    return closedLoop(() => subject.ask(task), { clients, seconds, signal: this.context.signal });
  }

  private title(task: T): string {
    const { clients } = this.plan;
    return `${task}, ${clients} ${clients === 1 ? 'client' : 'clients'}`;
  }
}
