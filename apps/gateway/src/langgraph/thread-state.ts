import { foldRun, messagesOf, parentPosition } from '@lumina/agent';
import { type JournalEntry, itemKind } from '@lumina/contracts';
import type { ItemSnapshot, RunSnapshot, ThreadSnapshot } from '@lumina/store';
import { assistantIdOf } from '../agents/agent-register';
import { checkpointId } from './checkpoint';
import type { Interrupt } from './interrupt';
import { saidMessages } from './said-messages';

const iso = (ms: number): string => new Date(ms).toISOString();

const checkpoint = (thread: string, position: number) => ({
  thread_id: thread,
  checkpoint_ns: '',
  checkpoint_id: checkpointId(position),
  checkpoint_map: null,
});

/** Which checkpoint is looked at, and what the thread's run waits for now, where it rests. */
export interface Present {
  readonly position: number;
  readonly interrupts: readonly Interrupt[];
}

/** What a thread was at a checkpoint: the fold of its journal up to there. */
export function threadState(
  thread: ThreadSnapshot,
  journal: readonly JournalEntry[],
  { position, interrupts: all }: Present,
) {
  const entry = journal[position - 1];
  const next = nextOf(thread, journal, position);
  const interrupts = position === journal.length ? all : [];
  const parent = parentPosition(journal, position);
  return {
    values: valuesAt(journal, position),
    next,
    tasks: next.map((name) => ({
      id: checkpointId(position),
      name,
      interrupts,
      error: null,
      path: ['__pregel_pull', name],
      checkpoint: null,
      state: null,
      result: null,
    })),
    metadata: {
      ...thread.metadata,
      thread_id: thread.thread,
      run_id: entry?.fact.run ?? null,
      step: position,
      source: sourceOf(entry),
    },
    created_at: iso(entry?.fact.at ?? thread.createdMs),
    checkpoint: checkpoint(thread.thread, position),
    parent_checkpoint: parent > 0 ? checkpoint(thread.thread, parent) : null,
  };
}

function sourceOf(entry: JournalEntry | undefined): 'input' | 'update' | 'loop' {
  if (entry?.fact.type === 'run.accepted') return 'input';
  return entry?.fact.type === 'thread.updated' ? 'update' : 'loop';
}

/** The checkpoints of a thread, newest first: every position at which something was said. */
export function checkpointsOf(
  journal: readonly JournalEntry[],
  before: number,
  limit: number,
): readonly number[] {
  const said = journal.filter(({ position, fact }) => position < before && messagesOf(fact).length > 0);
  return said
    .map(({ position }) => position)
    .reverse()
    .slice(0, limit);
}

function valuesAt(journal: readonly JournalEntry[], position: number) {
  return { messages: saidMessages(journal, position) };
}

/** What comes next, where the thread is now. A past checkpoint leads only to what then followed. */
function nextOf(
  { activeRun }: ThreadSnapshot,
  journal: readonly JournalEntry[],
  position: number,
): readonly string[] {
  if (activeRun === undefined || position !== journal.length) return [];
  const { phase } = foldRun(activeRun, journal);
  if (phase.name === 'thinking' || phase.name === 'waiting') return ['agent'];
  return phase.name === 'acting' ? ['tools'] : [];
}

export function threadView(
  thread: ThreadSnapshot,
  journal: readonly JournalEntry[],
  interrupts: readonly Interrupt[],
) {
  return {
    thread_id: thread.thread,
    created_at: iso(thread.createdMs),
    updated_at: iso(thread.updatedMs),
    metadata: { ...agentOf(thread), ...thread.metadata },
    status: threadStatus(thread, journal, interrupts),
    config: {},
    values: journal.length === 0 ? null : valuesAt(journal, journal.length),
    interrupts: interrupts.length === 0 ? {} : { [checkpointId(journal.length)]: interrupts },
  };
}

/** Clients look for an agent's threads by these. */
const agentOf = ({ agent }: ThreadSnapshot) =>
  agent === undefined ? {} : { graph_id: agent, assistant_id: assistantIdOf(agent) };

function threadStatus(
  { activeRun }: ThreadSnapshot,
  journal: readonly JournalEntry[],
  interrupts: readonly Interrupt[],
): 'busy' | 'interrupted' | 'error' | 'idle' {
  if (interrupts.length > 0) return 'interrupted';
  if (activeRun !== undefined) return 'busy';
  const last = journal.at(-1)?.fact.type;
  return last === 'run.failed' || last === 'run.expired' ? 'error' : 'idle';
}

const runStatuses = {
  queued: 'pending',
  running: 'running',
  succeeded: 'success',
  failed: 'error',
  cancelled: 'interrupted',
  expired: 'timeout',
} as const;

/** A run that rests for a person counts as done for LangGraph clients: they go on with a command. */
function runStatus({ status, items }: RunSnapshot): string {
  const open = items.filter(({ isOpen }) => isOpen);
  const isForPeople = ({ item }: ItemSnapshot): boolean => ['ask', 'budget'].includes(itemKind(item));
  const isResting = status === 'running' && open.length > 0 && open.every(isForPeople);
  return isResting ? 'success' : runStatuses[status];
}

export function runView(run: RunSnapshot) {
  return {
    run_id: run.run,
    thread_id: run.thread,
    assistant_id: assistantIdOf(run.agent),
    created_at: iso(run.createdMs),
    updated_at: iso(run.updatedMs),
    status: runStatus(run),
    metadata: { ...run.about?.metadata, graph_id: run.agent, assistant_id: assistantIdOf(run.agent) },
    kwargs: {},
    multitask_strategy: run.about?.multitaskStrategy ?? 'enqueue',
  };
}
