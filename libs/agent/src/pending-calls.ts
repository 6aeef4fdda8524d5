import {
  type AskReason,
  type DelegationTask,
  type FactOf,
  type ToolCall,
  type ToolCallTask,
  askItem,
  callItem,
  childItem,
  mcpServerOf,
} from '@lumina/contracts';
import { askUserTool, questionIn } from './ask-user';
import { delegateTool, readDelegation } from './delegation';
import { hasFlag } from './flags';
import { schemaFaults } from './json-schema';
import { deniedReason, policyOf } from './policy';
import { type PendingCall, type RunState, isClientCall } from './run-state';
import { offeredTo, toolsOf } from './toolbox';
import { canonicalJson } from './canonical-json';
import type { Circumstances } from './circumstances';

/** What becomes of one tool call. */
export interface OpenItem {
  readonly item: string;
  /** Undefined for `ask:` items: the journal says what is asked. */
  readonly task: ToolCallTask | DelegationTask | undefined;
  /** When somebody should look, if nothing happens; undefined: at once. */
  readonly lookAtMs?: number;
}

export type Plan =
  | { readonly kind: 'open'; readonly open: OpenItem; readonly facts: readonly FactOf<'approval.asked'>[] }
  | { readonly kind: 'refuse'; readonly reason: string }
  /** The client's affair. */
  | { readonly kind: 'leave' };

/** Of a call that the client does not run. */
type OurPlan = Exclude<Plan, { kind: 'leave' }>;

export interface AskedCall {
  readonly pending: PendingCall;
  readonly step: number;
}

/** Digest of the exact arguments, whatever the order of their keys. */
export const argsDigest = (args: unknown, digest: Circumstances['digest']): string =>
  digest(canonicalJson(args));

export function planCall(state: RunState, asked: AskedCall, circumstances: Circumstances): Plan {
  const { call } = asked.pending;
  if (call.args === null) {
    const words = (call.malformed ?? '').slice(0, 200);
    return refuse(`the arguments must be one JSON object, and were not: ${words}`);
  }
  if (isClientCall(state, call)) return { kind: 'leave' };
  const tools = toolsOf(circumstances, state);
  const offer = tools.find(({ name }) => name === call.name);
  if (offer === undefined) {
    if (offeredTo(circumstances).some(({ name }) => name === call.name))
      return refuse(
        `${call.name} is switched off by an operator; go on without it, or say what it is needed for`,
      );
    return refuse(
      `there is no tool "${call.name}"; there are: ${tools.map(({ name }) => name).join(', ') || 'none'}`,
    );
  }
  // A stranger's schema is checked where that costs no more than is allowed: in the executor, before the server sees anything.
  if (hasFlag(state, 'answersAreChecked') && mcpServerOf(call.name) === undefined) {
    const faults = schemaFaults(offer.parameters, call.args);
    if (faults.length > 0) return refuse(`the arguments do not fit: ${faults.join('; ')}`);
  }
  if (call.name === askUserTool) return planQuestion(state, asked, circumstances);
  const policy = policyOf(offer, circumstances);
  if (policy === 'deny') return refuse(deniedReason(call.name, circumstances));
  if (policy === 'ask') {
    const { nowMs, digest, agent } = circumstances;
    return planAsking(state.run, asked, { why: 'policy', nowMs, digest, timeoutMs: agent.approvalTimeoutMs });
  }
  return call.name === delegateTool
    ? planChild(state, asked, circumstances)
    : planRun(state, asked, circumstances);
}

function planQuestion({ run }: RunState, asked: AskedCall, { nowMs, digest, agent }: Circumstances): Plan {
  if (questionIn(asked.pending.call.args ?? {}) === undefined)
    return refuse('`question` must be non-empty text');
  return planAsking(run, asked, { why: 'input', nowMs, digest, timeoutMs: agent.approvalTimeoutMs });
}

const refuse = (reason: string): Extract<Plan, { kind: 'refuse' }> => ({ kind: 'refuse', reason });

export interface Asking {
  readonly why: AskReason;
  readonly nowMs: number;
  readonly digest: Circumstances['digest'];
  /** How long a person may take. */
  readonly timeoutMs: number;
}

export function planAsking(
  run: string,
  { pending, step }: AskedCall,
  { why, nowMs, digest, timeoutMs }: Asking,
): Extract<Plan, { kind: 'open' }> {
  const item = askItem(step, pending.index, pending.generation);
  const expiresAt = nowMs + timeoutMs;
  const about = {
    item,
    callId: pending.call.id,
    why,
    argsDigest: argsDigest(pending.call.args, digest),
    expiresAt,
  };
  return {
    kind: 'open',
    open: { item, task: undefined, lookAtMs: expiresAt },
    facts: [{ run, at: nowMs, type: 'approval.asked', ...about }],
  };
}

/** The item that has an executor run the call, or a subagent work on it. */
export function planApproved(state: RunState, asked: AskedCall, circumstances: Circumstances): OurPlan {
  const isDelegation = asked.pending.call.name === delegateTool;
  return isDelegation ? planChild(state, asked, circumstances) : planRun(state, asked, circumstances);
}

function planRun(state: RunState, asked: AskedCall, circumstances: Circumstances): OurPlan {
  const { call, index, generation } = asked.pending;
  const { agent } = circumstances;
  const task: ToolCallTask = {
    ...taskOf(state, asked, circumstances),
    tool: call.name,
    args: call.args ?? {},
    agent: agent.name,
    onUnknownOutcome: agent.onUnknownOutcome,
    approvalTimeoutMs: agent.approvalTimeoutMs,
  };
  return { kind: 'open', open: { item: callItem(asked.step, index, generation), task }, facts: [] };
}

function planChild(state: RunState, asked: AskedCall, circumstances: Circumstances): OurPlan {
  const delegation = readDelegation(circumstances.agent, asked.pending.call.args ?? {});
  if (delegation.kind === 'refused') return refuse(delegation.reason);
  const { agent, task } = delegation;
  const child: DelegationTask = {
    ...taskOf(state, asked, circumstances),
    agent,
    task,
    depth: state.depth + 1,
  };
  const { index, generation } = asked.pending;
  return { kind: 'open', open: { item: childItem(asked.step, index, generation), task: child }, facts: [] };
}

function taskOf(state: RunState, { pending, step }: AskedCall, { thread }: Circumstances) {
  return {
    callId: pending.call.id,
    messageId: toolMessageId(state.run, step, pending.index),
    nextStep: step + 1,
    workspaceThread: state.workspaceThread ?? thread,
    ...(state.user === undefined ? {} : { user: state.user }),
    ...(state.traceparent === undefined ? {} : { traceparent: state.traceparent }),
  };
}

export const toolMessageId = (run: string, step: number, index: number): string =>
  `tool-${run}-${step}-${index}`;

/** An answer to a call that nobody ran. */
export function unrunAnswer(
  run: string,
  { call, step, index }: { readonly call: ToolCall; readonly step: number; readonly index: number },
  { reason, at }: { readonly reason: string; readonly at: number },
): FactOf<'tool.answered'> {
  const id = toolMessageId(run, step, index);
  const content = `Error: ${reason}`;
  return {
    run,
    at,
    type: 'tool.answered',
    message: { role: 'tool', id, toolCallId: call.id, name: call.name, content, isError: true },
    durationMs: 0,
    attempt: 0,
    isCached: false,
  };
}
