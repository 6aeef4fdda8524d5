import { conversationAt } from '@lumina/agent';
import type { Message, SequencedEvent } from '@lumina/contracts';
import type { RunSnapshot, RunStore } from '@lumina/store';

/** What shows a run and wants to know what its thread held before it. */
interface Beginner {
  begin(history: readonly Message[]): void;
}

/** A run's first fact says at which checkpoint of its thread it began. */
export async function beginAtCheckpoint(
  projection: Beginner,
  store: Pick<RunStore, 'journal'>,
  { run, thread }: Pick<RunSnapshot, 'run' | 'thread'>,
  { event }: SequencedEvent,
): Promise<void> {
  if (event.type !== 'fact' || event.fact.type !== 'run.accepted' || event.fact.run !== run) return;
  const position = event.fact.rewindTo ?? event.position - 1;
  if (position > 0) projection.begin(conversationAt(await store.journal(thread), position));
}
