import type {
  Fact,
  FactOf,
  JournalEntry,
  Message,
  ParentRef,
  RunFailure,
  RunLimits,
  ToolCall,
} from '@lumina/contracts';

/**
 * A run as its journal tells it. Invariants:
 *
 * R1 State is the fold of facts and nothing else: the same journal gives the same state, on any machine, for ever.
 * R2 `acting` holds exactly the calls that were asked for and not yet answered; with none left the run thinks again.
 * R3 An ended run never changes.
 * R4 Facts of a thread's other runs give the run its past messages and touch nothing else of it.
 */
export type RunPhase =
  | { readonly name: 'unborn' }
  | { readonly name: 'thinking'; readonly step: number }
  | { readonly name: 'acting'; readonly step: number; readonly unanswered: readonly ToolCall[] }
  | { readonly name: 'succeeded' }
  | { readonly name: 'failed'; readonly failure: RunFailure };

export interface RunTotals {
  readonly steps: number;
  readonly toolCalls: number;
  readonly tokens: number;
  readonly costUsd: number;
  /** Answers in a row that held neither words nor tool calls. */
  readonly emptyAnswers: number;
}

export interface RunState {
  readonly run: string;
  readonly phase: RunPhase;
  readonly messages: readonly Message[];
  readonly totals: RunTotals;
  readonly acceptedAtMs: number;
  readonly limits: RunLimits | undefined;
  readonly depth: number;
  readonly parent: ParentRef | undefined;
  readonly workspaceThread: string | undefined;
}

export const isEnded = ({ phase }: RunState): boolean =>
  phase.name === 'succeeded' || phase.name === 'failed';

export function unborn(run: string): RunState {
  return {
    run,
    phase: { name: 'unborn' },
    messages: [],
    totals: { steps: 0, toolCalls: 0, tokens: 0, costUsd: 0, emptyAnswers: 0 },
    acceptedAtMs: 0,
    limits: undefined,
    depth: 0,
    parent: undefined,
    workspaceThread: undefined,
  };
}

/** The state of one run after all of its thread's journal. */
export function foldRun(run: string, journal: readonly JournalEntry[]): RunState {
  return journal.reduce((state, { fact }) => evolve(state, fact), unborn(run));
}

export function messagesOf(fact: Fact): readonly Message[] {
  switch (fact.type) {
    case 'run.accepted':
      return fact.input;
    case 'model.answered':
    case 'tool.answered':
      return [fact.message];
    case 'run.succeeded':
    case 'run.failed':
      return [];
  }
}

export function evolve(state: RunState, fact: Fact): RunState {
  if (isEnded(state)) return state;
  const next = { ...state, messages: [...state.messages, ...messagesOf(fact)] };
  if (fact.run !== state.run) return next;
  switch (fact.type) {
    case 'run.accepted':
      return accepted(next, fact);
    case 'model.answered':
      return modelAnswered(next, fact);
    case 'tool.answered':
      return toolAnswered(next, fact);
    case 'run.succeeded':
      return { ...next, phase: { name: 'succeeded' } };
    case 'run.failed':
      return { ...next, phase: { name: 'failed', failure: fact.failure } };
  }
}

function accepted(state: RunState, fact: FactOf<'run.accepted'>): RunState {
  return {
    ...state,
    phase: { name: 'thinking', step: 1 },
    acceptedAtMs: fact.at,
    limits: fact.limits,
    depth: fact.depth,
    parent: fact.parent,
    workspaceThread: fact.workspaceThread,
  };
}

function modelAnswered(
  state: RunState,
  { message, usage, costUsd, step }: FactOf<'model.answered'>,
): RunState {
  const { totals } = state;
  const isEmpty = message.toolCalls.length === 0 && message.content.trim() === '';
  return {
    ...state,
    phase:
      message.toolCalls.length > 0
        ? { name: 'acting', step, unanswered: message.toolCalls }
        : { name: 'thinking', step: step + 1 },
    totals: {
      steps: totals.steps + 1,
      toolCalls: totals.toolCalls + message.toolCalls.length,
      tokens: totals.tokens + usage.inputTokens + usage.outputTokens,
      costUsd: totals.costUsd + costUsd,
      emptyAnswers: isEmpty ? totals.emptyAnswers + 1 : 0,
    },
  };
}

function toolAnswered(state: RunState, { message }: FactOf<'tool.answered'>): RunState {
  if (state.phase.name !== 'acting') return state;
  const { step } = state.phase;
  const unanswered = state.phase.unanswered.filter((call) => call.id !== message.toolCallId);
  return {
    ...state,
    phase:
      unanswered.length > 0 ? { name: 'acting', step, unanswered } : { name: 'thinking', step: step + 1 },
  };
}
