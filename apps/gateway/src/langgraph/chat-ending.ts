import type { Fact, RunFailure } from '@lumina/contracts';
import type { LiveEvent } from '@lumina/store';

/** What came of a run, for a client that is told nothing else of it. */
export type ChatEnding =
  | { readonly kind: 'succeeded'; readonly answer: string }
  | { readonly kind: 'failed'; readonly failure: RunFailure }
  | { readonly kind: 'interrupted'; readonly by: 'approval' | 'budget' }
  | { readonly kind: 'left' };

const cancelled: RunFailure = { code: 'LUM_RUN_CANCELLED', message: 'The run was cancelled.' };

export function failureOf(fact: Fact): RunFailure | undefined {
  if (fact.type === 'run.failed' || fact.type === 'run.expired') return fact.failure;
  return fact.type === 'run.cancelled' ? cancelled : undefined;
}

/**
 * The ending of a run that asked nobody anything, from all of its events: the last words of its model, or why it failed. Two of the events are
 * read for it. Undefined where one of these cannot be.
 */
export function endingOf(events: readonly LiveEvent[]): ChatEnding | undefined {
  const end = events.at(-1)?.event;
  if (end?.type !== 'fact') return undefined;
  const failure = failureOf(end.fact);
  if (failure !== undefined) return { kind: 'failed', failure };
  const words = events.findLast(({ kind }) => kind === 'model.answered');
  if (words === undefined) return { kind: 'succeeded', answer: '' };
  const { event } = words;
  if (event?.type !== 'fact' || event.fact.type !== 'model.answered') return undefined;
  return { kind: 'succeeded', answer: event.fact.message.content };
}
