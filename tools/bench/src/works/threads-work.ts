import { summaryOf } from '../accounts/round-summary';
import { closedLoop } from '../load/closed-loop';
import type { LuminaSubject, MadeRun } from '../subjects/lumina-subject';
import { forgetRuns } from '../subjects/stored-runs';
import type { WorkContext } from './context';
import type { ThreadsFinding } from './findings';
import { interleaved } from './interleaved';
import { measured } from './round';

const fillingClients = 64;
const progressEvery = 10_000;
/** Few beside what is stored, and enough to measure. */
const runsInRound = 800;
const longestMs = 3_600;

/**
 * What a run costs beside few and many stored threads. Each number of threads has a Lumina of its own, all of which have done as
 * many runs; they are measured in turn, and what warming up and measuring leave in a store is taken out of it again.
 */
export async function threadsFinding(context: WorkContext): Promise<ThreadsFinding> {
  const { options, signal, progress } = context;
  const levels = options.isQuick ? [1, 100, 1_000] : [1, 1_000, 100_000];
  const stacks = new Map<LuminaSubject, number>();
  for (const level of levels) {
    const stack = await context.another(`threads-${level}`);
    await fill(stack, level, context);
    // Code that has run as often is as well compiled: only what is stored may differ.
    await leavingNothing(stack, () => fill(stack, Math.max(...levels) - level, context));
    progress(`threads: warming up ${stack.title}`);
    await leavingNothing(stack, () =>
      closedLoop(() => stack.ask('agent'), {
        clients: options.clients,
        seconds: options.warmUpSeconds,
        signal,
      }),
    );
    stacks.set(stack, level);
  }
  const subjects = [...stacks.keys()];
  const rounds = await interleaved(subjects, options.rounds, async (stack, round) => {
    signal.throwIfAborted();
    progress(`threads, round ${round + 1}/${options.rounds}: ${stacks.get(stack) ?? 0} stored`);
    const bounds = { clients: options.clients, seconds: longestMs, runs: runsInRound, signal };
    return leavingNothing(stack, () =>
      measured(stack, { ...context, subjects }, () => closedLoop(() => stack.ask('agent'), bounds)),
    );
  });
  const summaries = Object.entries(rounds).map(([name, found]) => [name, summaryOf(found)] as const);
  const names = [...stacks].map(([{ name }, level]) => [level, name] as const);
  return { rounds, summaries: Object.fromEntries(summaries), levels: Object.fromEntries(names) };
}

/** Through the API, as everybody's threads come. */
async function fill(stack: LuminaSubject, count: number, { progress, signal }: WorkContext): Promise<void> {
  let stored = 0;
  if (count === 0) return;
  progress(`threads: ${count} runs by ${stack.title}`);
  const ask = async (): Promise<void> => {
    await stack.ask('chat');
    stored += 1;
    if (stored % progressEvery === 0) progress(`threads: ${stored} of ${count}`);
  };
  await closedLoop(ask, { clients: fillingClients, seconds: longestMs, runs: count, signal });
  signal.throwIfAborted();
  if (stored < count) throw new Error(`only ${stored} of ${count} threads could be stored`);
}

async function leavingNothing<T>(stack: LuminaSubject, work: () => Promise<T>): Promise<T> {
  const made: MadeRun[] = [];
  stack.collectRuns(made);
  try {
    return await work();
  } finally {
    stack.collectRuns(undefined);
    await forgetRuns(stack.redis, made);
  }
}
