import { foldRun, messagesOf } from '@lumina/agent';
import type { JournalEntry } from '@lumina/contracts';
import type { RunSnapshot, ThreadSnapshot } from '@lumina/store';
import { assistantIdOf } from '../agents/agent-register';
import { langGraphMessage } from './message-format';

const iso = (ms: number): string => new Date(ms).toISOString();

/** A checkpoint is a position in the thread's journal, written as a UUID (version 8) for clients that expect one. */
export const checkpointId = (position: number): string =>
  `00000000-0000-8000-8000-${position.toString(16).padStart(12, '0')}`;

const checkpoint = (thread: string, position: number) => ({
  thread_id: thread,
  checkpoint_ns: '',
  checkpoint_id: checkpointId(position),
  checkpoint_map: null,
});

/** What a thread is now: the fold of its journal. */
export function threadState(thread: ThreadSnapshot, journal: readonly JournalEntry[]) {
  const last = journal.at(-1);
  const position = last?.position ?? 0;
  const next = nextNodes(thread.activeRun, journal);
  return {
    values: valuesOf(journal),
    next,
    tasks: next.map((name) => ({ id: checkpointId(position), name, interrupts: [], error: null })),
    metadata: { ...thread.metadata, thread_id: thread.thread, step: position, source: 'loop' },
    created_at: iso(last?.fact.at ?? thread.createdMs),
    checkpoint: checkpoint(thread.thread, position),
    parent_checkpoint: position > 1 ? checkpoint(thread.thread, position - 1) : null,
  };
}

function valuesOf(journal: readonly JournalEntry[]) {
  return { messages: journal.flatMap(({ fact }) => messagesOf(fact)).map(langGraphMessage) };
}

function nextNodes(activeRun: string | undefined, journal: readonly JournalEntry[]): readonly string[] {
  if (activeRun === undefined) return [];
  const { phase } = foldRun(activeRun, journal);
  if (phase.name === 'thinking') return ['agent'];
  return phase.name === 'acting' ? ['tools'] : [];
}

export function threadView(thread: ThreadSnapshot, journal: readonly JournalEntry[]) {
  return {
    thread_id: thread.thread,
    created_at: iso(thread.createdMs),
    updated_at: iso(thread.updatedMs),
    metadata: thread.metadata,
    status: threadStatus(thread, journal),
    config: {},
    values: journal.length === 0 ? null : valuesOf(journal),
    interrupts: {},
  };
}

function threadStatus(thread: ThreadSnapshot, journal: readonly JournalEntry[]): 'busy' | 'error' | 'idle' {
  if (thread.activeRun !== undefined) return 'busy';
  return journal.at(-1)?.fact.type === 'run.failed' ? 'error' : 'idle';
}

const runStatuses = { queued: 'pending', running: 'running', succeeded: 'success', failed: 'error' } as const;

export function runView(run: RunSnapshot) {
  return {
    run_id: run.run,
    thread_id: run.thread,
    assistant_id: assistantIdOf(run.agent),
    created_at: iso(run.createdMs),
    updated_at: iso(run.updatedMs),
    status: runStatuses[run.status],
    metadata: { graph_id: run.agent, assistant_id: assistantIdOf(run.agent) },
    kwargs: {},
    multitask_strategy: 'enqueue',
  };
}
