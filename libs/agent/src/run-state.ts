import {
  type AssistantMessage,
  type EndingFact,
  type Fact,
  type FactOf,
  type JournalEntry,
  type Message,
  type ParentRef,
  type RunLimits,
  type RunOptions,
  type ToolCall,
  isEnding,
} from '@lumina/contracts';
import { conversationAt, extendConversation, rewindOf } from './conversation';

/**
 * A run as its journal tells it. Invariants:
 *
 * R1 State is the fold of facts and nothing else: the same journal gives the same state, on any machine, for ever.
 * R2 `acting` holds exactly the calls that were asked for and not yet answered; with none left the run thinks again.
 * R3 An ended run never changes.
 * R4 Facts of a thread's other runs give the run its past messages and touch nothing else of it.
 * R5 A run rests while all that is left of it waits for people, or for models to come back; how long it has rested is on record, but for a rest that lasts.
 */
export type RunPhase =
  | { readonly name: 'unborn' }
  | { readonly name: 'thinking'; readonly step: number }
  | { readonly name: 'acting'; readonly step: number; readonly unanswered: readonly PendingCall[] }
  /** A budget is used up; the step begins when a person has granted more. */
  | { readonly name: 'waiting'; readonly step: number; readonly asked: FactOf<'budget.asked'> }
  | { readonly name: 'ended'; readonly ending: EndingFact };

/** A call without an answer; `asked`: it waits for a person. */
export interface PendingCall {
  readonly call: ToolCall;
  /** Its place in the answer that asked for it. */
  readonly index: number;
  /** How many decisions of people there were about it. */
  readonly generation: number;
  readonly asked: FactOf<'approval.asked'> | undefined;
}

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
  /** The checkpoint that the thread was at before the run. */
  readonly startedFrom: number;
  /** As they stand: what was granted is in them. */
  readonly limits: RunLimits | undefined;
  /** How often it went on after it had waited for a budget. */
  readonly grants: number;
  /** The numbered flags that the run began with (flags.ts). */
  readonly flags: readonly number[];
  readonly options: RunOptions;
  readonly restedMs: number;
  readonly restingSinceMs: number | undefined;
  /** The last answer, where it was not accepted. */
  readonly rejected: RejectedAnswer | undefined;
  /** How often the run has waited for models to come back, over all its steps. */
  readonly outages: number;
  /** No model answers since then; so many times it was tried again. */
  readonly outage: Outage | undefined;
  readonly depth: number;
  readonly parent: ParentRef | undefined;
  readonly workspaceThread: string | undefined;
  readonly user: string | undefined;
  /** The trace that the run belongs to: no decision reads it. */
  readonly traceparent: string | undefined;
  readonly cancel: FactOf<'cancel.requested'> | undefined;
}

export interface RejectedAnswer {
  readonly message: AssistantMessage;
  readonly faults: FactOf<'answer.rejected'>['faults'];
}

export interface Outage {
  readonly sinceMs: number;
  readonly tries: number;
  readonly last: FactOf<'model.unavailable'>;
}

/** What follows the number of a step in the name of its item: nothing has the same name twice. */
export const stepGeneration = ({ grants, outages }: Pick<RunState, 'grants' | 'outages'>): number =>
  grants + outages;

/** Whether the client runs this call: then it is answered in the client's next request, if ever. */
export const isClientCall = (
  { options }: Pick<RunState, 'options'>,
  { name }: Pick<ToolCall, 'name'>,
): boolean => options.clientTools?.some((tool) => tool.name === name) === true;

/** Whether nothing is left of the answer's calls but those that the client runs. */
export const isClientsTurn = (state: RunState): boolean =>
  state.phase.name === 'acting' && state.phase.unanswered.every(({ call }) => isClientCall(state, call));

export const isEnded = ({ phase }: RunState): boolean => phase.name === 'ended';

export function unborn(run: string): RunState {
  return {
    run,
    phase: { name: 'unborn' },
    messages: [],
    totals: { steps: 0, toolCalls: 0, tokens: 0, costUsd: 0, emptyAnswers: 0 },
    acceptedAtMs: 0,
    startedFrom: 0,
    limits: undefined,
    grants: 0,
    flags: [],
    options: {},
    restedMs: 0,
    restingSinceMs: undefined,
    rejected: undefined,
    outages: 0,
    outage: undefined,
    depth: 0,
    parent: undefined,
    workspaceThread: undefined,
    user: undefined,
    traceparent: undefined,
    cancel: undefined,
  };
}

/** The state of one run after all of its thread's journal, or after its own end if others followed. */
export function foldRun(run: string, journal: readonly JournalEntry[]): RunState {
  let state = unborn(run);
  for (const [index, { fact }] of journal.entries()) {
    if (isEnded(state)) return state;
    const rewindTo = rewindOf(fact);
    const messages =
      rewindTo === undefined ? state.messages : conversationAt(journal.slice(0, index), rewindTo);
    const isStart = fact.type === 'run.accepted' && fact.run === run;
    state = evolve({ ...state, messages, ...(isStart ? { startedFrom: index } : {}) }, fact);
  }
  return state;
}

/** One fact further. A rewind is the affair of `foldRun`, which has the journal. */
export function evolve(state: RunState, fact: Fact): RunState {
  if (isEnded(state)) return state;
  const next = { ...state, messages: extendConversation(state.messages, fact) };
  return fact.run === state.run ? rest(happened(next, fact, state), fact.at) : next;
}

/** Whether all that is left of the run waits for people. */
export function isResting(state: RunState): boolean {
  const { phase } = state;
  if (phase.name === 'waiting') return true;
  if (phase.name !== 'acting') return false;
  const ours = phase.unanswered.filter(({ call }) => !isClientCall(state, call));
  return ours.length > 0 && ours.every(({ asked }) => asked !== undefined);
}

function rest(state: RunState, at: number): RunState {
  const { restingSinceMs: since, restedMs } = state;
  if (isResting(state) || state.outage !== undefined)
    return since === undefined ? { ...state, restingSinceMs: at } : state;
  if (since === undefined) return state;
  return { ...state, restedMs: restedMs + Math.max(0, at - since), restingSinceMs: undefined };
}

function rejectedAnswer(
  { messages }: RunState,
  { messageId, faults }: FactOf<'answer.rejected'>,
): RejectedAnswer | undefined {
  const message = messages.findLast(({ id }) => id === messageId);
  return message?.role === 'assistant' ? { message, faults } : undefined;
}

function happened(next: RunState, fact: Fact, before: RunState): RunState {
  if (isEnding(fact)) return { ...next, phase: { name: 'ended', ending: fact } };
  switch (fact.type) {
    case 'run.accepted':
      return accepted(next, fact);
    case 'model.answered':
      return modelAnswered(next, fact);
    case 'tool.answered':
      return toolAnswered(next, fact);
    case 'approval.asked':
      return changePending(next, fact.callId, (pending) => ({ ...pending, asked: fact }));
    case 'approval.given':
      return approvalGiven(next, fact);
    case 'budget.asked':
      return next.phase.name === 'thinking'
        ? { ...next, phase: { name: 'waiting', step: next.phase.step, asked: fact } }
        : next;
    case 'budget.granted':
      return budgetGranted(next, fact);
    case 'answer.rejected':
      return { ...next, rejected: rejectedAnswer(before, fact) };
    case 'model.unavailable':
      return {
        ...next,
        outages: next.outages + 1,
        outage: {
          sinceMs: next.outage?.sinceMs ?? fact.at,
          tries: (next.outage?.tries ?? 0) + 1,
          last: fact,
        },
      };
    case 'cancel.requested':
      return { ...next, cancel: fact };
    case 'budget.freed':
      return goOn(next);
    case 'budget.refused':
    case 'model.cut':
    case 'thread.updated':
      return next;
  }
}

function accepted(state: RunState, fact: FactOf<'run.accepted'>): RunState {
  return {
    ...state,
    phase: { name: 'thinking', step: 1 },
    acceptedAtMs: fact.at,
    limits: fact.limits,
    flags: fact.flags ?? [],
    options: fact.options ?? {},
    depth: fact.depth,
    parent: fact.parent,
    workspaceThread: fact.workspaceThread,
    user: fact.user,
    traceparent: fact.traceparent,
  };
}

function modelAnswered(
  state: RunState,
  { message, usage, costUsd, step }: FactOf<'model.answered'>,
): RunState {
  const { totals } = state;
  const unanswered = message.toolCalls.map((call, index) => ({
    call,
    index,
    generation: 0,
    asked: undefined,
  }));
  return {
    ...state,
    outage: undefined,
    rejected: undefined,
    phase:
      unanswered.length > 0 ? { name: 'acting', step, unanswered } : { name: 'thinking', step: step + 1 },
    totals: {
      steps: totals.steps + 1,
      toolCalls: totals.toolCalls + message.toolCalls.length,
      tokens: totals.tokens + usage.inputTokens + usage.outputTokens,
      costUsd: totals.costUsd + costUsd,
      emptyAnswers: isEmpty(message) ? totals.emptyAnswers + 1 : 0,
    },
  };
}

const isEmpty = ({ toolCalls, content }: AssistantMessage): boolean =>
  toolCalls.length === 0 && content.trim() === '';

function toolAnswered(state: RunState, { message }: FactOf<'tool.answered'>): RunState {
  if (state.phase.name !== 'acting') return state;
  const { step } = state.phase;
  const unanswered = state.phase.unanswered.filter(({ call }) => call.id !== message.toolCallId);
  return {
    ...state,
    phase:
      unanswered.length > 0 ? { name: 'acting', step, unanswered } : { name: 'thinking', step: step + 1 },
  };
}

function changePending(
  state: RunState,
  callId: string,
  change: (pending: PendingCall) => PendingCall,
): RunState {
  if (state.phase.name !== 'acting') return state;
  const unanswered = state.phase.unanswered.map((pending) =>
    pending.call.id === callId ? change(pending) : pending,
  );
  return { ...state, phase: { ...state.phase, unanswered } };
}

/** A decided call no longer waits; an edit gives it the arguments that were decided on. */
function approvalGiven(state: RunState, { callId, args }: FactOf<'approval.given'>): RunState {
  return changePending(state, callId, ({ call, index, generation }) => ({
    call: args === undefined ? call : { ...call, args },
    index,
    generation: generation + 1,
    asked: undefined,
  }));
}

function budgetGranted(state: RunState, { scope, amount, more }: FactOf<'budget.granted'>): RunState {
  const { phase, limits } = state;
  if (phase.name !== 'waiting' || limits === undefined) return state;
  return goOn({
    ...state,
    limits: scope === 'run' ? { ...limits, [amount]: limits[amount] + more } : limits,
  });
}

function goOn(state: RunState): RunState {
  const { phase, grants } = state;
  if (phase.name !== 'waiting') return state;
  return { ...state, phase: { name: 'thinking', step: phase.step }, grants: grants + 1 };
}
