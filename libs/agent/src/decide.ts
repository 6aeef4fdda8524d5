import {
  type AgentDefinition,
  type AssistantMessage,
  type DelegationTask,
  type ErrorCode,
  type Fact,
  type FactOf,
  type Message,
  type ToolCall,
  type ToolCallTask,
  type ToolMessage,
  type ToolOffer,
  callItem,
  childItem,
  stepItem,
} from '@lumina/contracts';
import { delegateOffer, delegateTool, readDelegation } from './delegation';
import { exceededLimit, exceededToolCalls } from './limits';
import { promptMessages } from './prompt';
import { type RunState, evolve, isEnded } from './run-state';

/**
 * What follows from a run's state and from what has just happened. Pure: the shell carries it out. Invariants:
 *
 * D1 A decision is a function of its arguments: no clock, no chance, no I/O.
 * D2 Every decision about a run that has not ended moves it: it asks the model, opens at least one item, or ends the run.
 * D3 No more than one item is opened for one tool call, and its name is never used again.
 * D4 A run past a limit ends, and says which.
 * D5 What a model asked for wrongly is answered to the model; it does not end the run.
 */
export interface Circumstances {
  readonly agent: AgentDefinition;
  /** What the executors offer now, by name. */
  readonly offers: ReadonlyMap<string, ToolOffer>;
  readonly thread: string;
  readonly nowMs: number;
}

export type Occurrence =
  | { readonly type: 'step.claimed'; readonly step: number }
  | { readonly type: 'model.answered'; readonly fact: FactOf<'model.answered'> }
  | { readonly type: 'model.failed'; readonly code: ErrorCode; readonly message: string };

export interface Prompt {
  readonly step: number;
  readonly system: string;
  readonly messages: readonly Message[];
  readonly tools: readonly ToolOffer[];
  /** What is left of the run's wall time. */
  readonly timeLeftMs: number;
}

export interface OpenItem {
  readonly item: string;
  readonly task: ToolCallTask | DelegationTask;
}

export type Command =
  | { readonly type: 'ask-model'; readonly prompt: Prompt }
  | {
      readonly type: 'advance';
      readonly facts: readonly Fact[];
      readonly open: readonly OpenItem[];
      /** Opened when nothing of the run is left open. */
      readonly nextItem: string;
    }
  | {
      readonly type: 'end';
      readonly facts: readonly Fact[];
      readonly status: 'succeeded' | 'failed';
      readonly parentAnswer: FactOf<'tool.answered'> | undefined;
    }
  | { readonly type: 'nothing' };

/** `nothing`: the run has ended already. */
export function decide(state: RunState, occurrence: Occurrence, circumstances: Circumstances): Command {
  if (isEnded(state)) return { type: 'nothing' };
  switch (occurrence.type) {
    case 'step.claimed':
      return stepClaimed(state, occurrence.step, circumstances);
    case 'model.answered':
      return modelAnswered(evolve(state, occurrence.fact), occurrence.fact, circumstances);
    case 'model.failed':
      return end(state, [], failed(state, occurrence, circumstances));
  }
}

/** The tools that this agent may use in this run: those of its definition that are on offer, and delegation. */
export function toolsOf({ agent, offers }: Circumstances, depth: number): readonly ToolOffer[] {
  const offered = agent.tools.flatMap((name) => offers.get(name) ?? []);
  const delegate = delegateOffer(agent, depth);
  return delegate === undefined ? offered : [...offered, delegate];
}

function stepClaimed(state: RunState, step: number, circumstances: Circumstances): Command {
  if (state.phase.name !== 'thinking' || state.phase.step !== step) {
    const message = `The journal does not lead to step ${step} (the run is ${state.phase.name}).`;
    return end(state, [], failed(state, { code: 'LUM_INTERNAL', message }, circumstances));
  }
  const exceeded = exceededLimit(state, circumstances.nowMs);
  if (exceeded !== undefined) return end(state, [], failed(state, exceeded, circumstances));
  const { agent, nowMs } = circumstances;
  const wallTimeMs = state.limits?.wallTimeMs ?? 0;
  return {
    type: 'ask-model',
    prompt: {
      step,
      system: agent.instructions,
      messages: promptMessages(state.messages),
      tools: toolsOf(circumstances, state.depth),
      timeLeftMs: state.acceptedAtMs + wallTimeMs - nowMs,
    },
  };
}

function modelAnswered(
  state: RunState,
  fact: FactOf<'model.answered'>,
  circumstances: Circumstances,
): Command {
  const { message, finishReason, step } = fact;
  if (message.toolCalls.length > 0) return act(state, fact, circumstances);
  if (message.content.trim() !== '') {
    return end(state, [fact], { run: state.run, at: circumstances.nowMs, type: 'run.succeeded' });
  }
  if (finishReason === 'content_filter') {
    const message = 'The model withheld its answer (content filter).';
    return end(state, [fact], failed(state, { code: 'LUM_MODEL_REJECTED', message }, circumstances));
  }
  if (state.totals.emptyAnswers < 2) {
    return { type: 'advance', facts: [fact], open: [], nextItem: stepItem(step + 1) };
  }
  const reason = 'The model answered twice without words and without tool calls.';
  return end(state, [fact], failed(state, { code: 'LUM_ANSWER_EMPTY', message: reason }, circumstances));
}

function act(state: RunState, fact: FactOf<'model.answered'>, circumstances: Circumstances): Command {
  const exceeded = exceededToolCalls(state);
  if (exceeded !== undefined) return end(state, [fact], failed(state, exceeded, circumstances));
  const plans = fact.message.toolCalls.map((call, index) =>
    plan(state, { call, index, fact }, circumstances),
  );
  return {
    type: 'advance',
    facts: [fact, ...plans.flatMap((planned) => (planned.kind === 'answer' ? [planned.fact] : []))],
    open: plans.flatMap((planned) => (planned.kind === 'open' ? [planned.open] : [])),
    nextItem: stepItem(fact.step + 1),
  };
}

interface AskedCall {
  readonly call: ToolCall;
  readonly index: number;
  readonly fact: FactOf<'model.answered'>;
}

type Planned =
  | { readonly kind: 'open'; readonly open: OpenItem }
  | { readonly kind: 'answer'; readonly fact: FactOf<'tool.answered'> };

function plan(state: RunState, asked: AskedCall, circumstances: Circumstances): Planned {
  const { call, index, fact } = asked;
  const refuse = (reason: string): Planned => ({
    kind: 'answer',
    fact: refused(state.run, asked, { reason, at: circumstances.nowMs }),
  });
  if (call.args === null) {
    return refuse(
      `the arguments must be one JSON object, and were not: ${(call.malformed ?? '').slice(0, 200)}`,
    );
  }
  const tools = toolsOf(circumstances, state.depth);
  if (!tools.some(({ name }) => name === call.name)) {
    return refuse(
      `there is no tool "${call.name}"; there are: ${tools.map(({ name }) => name).join(', ') || 'none'}`,
    );
  }
  const task = {
    callId: call.id,
    messageId: toolMessageId(state.run, fact.step, index),
    nextStep: fact.step + 1,
    workspaceThread: state.workspaceThread ?? circumstances.thread,
  };
  if (call.name !== delegateTool) {
    const agent = circumstances.agent.name;
    const open = {
      item: callItem(fact.step, index),
      task: { ...task, tool: call.name, args: call.args, agent },
    };
    return { kind: 'open', open };
  }
  const delegation = readDelegation(circumstances.agent, call.args);
  if (delegation.kind === 'refused') return refuse(delegation.reason);
  const child = { ...task, agent: delegation.agent, task: delegation.task, depth: state.depth + 1 };
  return { kind: 'open', open: { item: childItem(fact.step, index), task: child } };
}

const toolMessageId = (run: string, step: number, index: number): string => `tool-${run}-${step}-${index}`;

function refused(
  run: string,
  asked: AskedCall,
  why: { reason: string; at: number },
): FactOf<'tool.answered'> {
  const message: ToolMessage = {
    role: 'tool',
    id: toolMessageId(run, asked.fact.step, asked.index),
    toolCallId: asked.call.id,
    name: asked.call.name,
    content: `Error: ${why.reason}`,
    isError: true,
  };
  return { run, at: why.at, type: 'tool.answered', message, durationMs: 0, attempt: 0, isCached: false };
}

function failed(
  state: RunState,
  { code, message }: { code: ErrorCode; message: string },
  { nowMs }: Circumstances,
): FactOf<'run.failed'> {
  return { run: state.run, at: nowMs, type: 'run.failed', failure: { code, message } };
}

type Ending = FactOf<'run.succeeded'> | FactOf<'run.failed'>;

/** Ends a run whose state holds `facts` already. */
function end(state: RunState, facts: readonly Fact[], ending: Ending): Command {
  return {
    type: 'end',
    facts: [...facts, ending],
    status: ending.type === 'run.succeeded' ? 'succeeded' : 'failed',
    parentAnswer: parentAnswer(state, ending),
  };
}

/** What the end of a subagent's run says to the call that it answers. */
export function parentAnswer(state: RunState, ending: Ending): FactOf<'tool.answered'> | undefined {
  const { parent } = state;
  if (parent === undefined) return undefined;
  const isError = ending.type === 'run.failed';
  const content = isError
    ? `Error: the subagent failed: ${ending.failure.message} (${ending.failure.code})`
    : lastAnswer(state.messages);
  return {
    run: parent.run,
    at: ending.at,
    type: 'tool.answered',
    message: {
      role: 'tool',
      id: parent.messageId,
      toolCallId: parent.callId,
      name: delegateTool,
      content,
      isError,
    },
    durationMs: Math.max(0, ending.at - state.acceptedAtMs),
    attempt: 1,
    isCached: false,
  };
}

function lastAnswer(messages: readonly Message[]): string {
  const isAnswer = (message: Message): message is AssistantMessage => message.role === 'assistant';
  return messages.findLast(isAnswer)?.content ?? '';
}
