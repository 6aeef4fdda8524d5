import { type ApprovalDecision, type Fact, type FactOf, stepItem } from '@lumina/contracts';
import type { Circumstances } from './circumstances';
import type { ApprovalAnswer, Command } from './commands';
import { argsDigest, planApproved, unrunAnswer } from './pending-calls';
import { type PendingCall, type RunState, evolve } from './run-state';

/**
 * Decisions of people about tool calls. Invariants:
 *
 * A1 A decision holds for the exact arguments that were proposed: with another digest it is refused.
 * A2 A decision counts once, and only until the proposal expires.
 * A3 An edit is a new proposal, made and approved by the person: its arguments and their digest are on record.
 * A4 Whoever decided, when and how is a fact in the journal, before anything follows from it.
 * A5 Decisions that are made together count together: where one is refused, none counts.
 */
interface Proposal {
  readonly pending: PendingCall;
  readonly step: number;
  readonly asked: FactOf<'approval.asked'>;
}

export function approvalsAnswered(
  state: RunState,
  answers: readonly ApprovalAnswer[],
  circumstances: Circumstances,
): Command {
  const [first, ...others] = answers;
  if (first === undefined) return refuse('LUM_VALIDATION_FAILED', 'There is no decision here.');
  const command = approvalAnswered(state, first, circumstances);
  if (command.type !== 'advance' || others.length === 0) return command;
  const rest = approvalsAnswered(command.facts.reduce(evolve, state), others, circumstances);
  return rest.type === 'advance' ? together(command, rest) : rest;
}

type Advance = Extract<Command, { type: 'advance' }>;

const together = (first: Advance, then: Advance): Advance => ({
  type: 'advance',
  facts: [...first.facts, ...then.facts],
  close: [...first.close, ...then.close],
  open: [...first.open, ...then.open],
  nextItem: then.nextItem,
});

function approvalAnswered(state: RunState, answer: ApprovalAnswer, circumstances: Circumstances): Command {
  const proposal = proposalOf(state, answer.item);
  if (proposal === undefined)
    return refuse('LUM_APPROVAL_NOT_PENDING', `Nothing waits for a decision at ${answer.item}.`);
  if (circumstances.nowMs >= proposal.asked.expiresAt) {
    return refuse('LUM_APPROVAL_EXPIRED', 'The proposal has expired; the call counts as refused.');
  }
  if (answer.argsDigest !== undefined && answer.argsDigest !== proposal.asked.argsDigest) {
    return refuse(
      'LUM_APPROVAL_ALTERED',
      'The decision is about other arguments than those that are proposed.',
    );
  }
  if (answer.decision === 'edit' && answer.args === undefined) {
    return refuse('LUM_VALIDATION_FAILED', 'An edit needs the new arguments.');
  }
  const isQuestion = proposal.asked.why === 'input';
  if (isQuestion !== (answer.decision === 'answer') && answer.decision !== 'reject') {
    return refuse(
      'LUM_VALIDATION_FAILED',
      isQuestion ? 'A question needs an answer.' : 'Nothing was asked that has an answer.',
    );
  }
  if (isQuestion && answer.decision === 'answer' && (answer.reason ?? '').trim() === '') {
    return refuse('LUM_VALIDATION_FAILED', 'The answer must not be empty.');
  }
  const isUnknown = proposal.asked.why === 'outcome_unknown';
  if (isUnknown && (answer.decision === 'approve' || answer.decision === 'edit')) {
    return refuse(
      'LUM_VALIDATION_FAILED',
      'The call may have had its effect: say retry to run it again, or reject.',
    );
  }
  if (answer.decision === 'retry' && proposal.asked.why !== 'outcome_unknown') {
    return refuse('LUM_VALIDATION_FAILED', 'Only a call whose outcome is unknown can be run again.');
  }
  return settle(state, proposal, answer, circumstances);
}

/** Nobody decided in time, or the run was cancelled while the question was put, or it is not time yet. */
export function approvalLapsed(state: RunState, item: string, circumstances: Circumstances): Command {
  const proposal = proposalOf(state, item);
  if (proposal === undefined) return { type: 'nothing' };
  if (state.cancel !== undefined) {
    const reason = 'the run was cancelled before anybody decided';
    const facts = [refusal(state.run, proposal, reason, circumstances.nowMs)];
    return { type: 'advance', facts, close: [item], open: [], nextItem: stepItem(proposal.step + 1) };
  }
  if (circumstances.nowMs < proposal.asked.expiresAt)
    return { type: 'wait', untilMs: proposal.asked.expiresAt };
  const lapsed = { item, decision: 'expire', by: 'expiry', args: undefined, reason: undefined } as const;
  return settle(state, proposal, lapsed, circumstances);
}

function proposalOf(state: RunState, item: string): Proposal | undefined {
  if (state.phase.name !== 'acting') return undefined;
  const { step, unanswered } = state.phase;
  const pending = unanswered.find(({ asked }) => asked?.item === item);
  return pending?.asked === undefined ? undefined : { pending, step, asked: pending.asked };
}

interface Verdict {
  readonly item: string;
  readonly decision: ApprovalDecision;
  readonly by: string;
  readonly args: Readonly<Record<string, unknown>> | undefined;
  readonly reason: string | undefined;
}

function settle(
  state: RunState,
  proposal: Proposal,
  verdict: Verdict,
  circumstances: Circumstances,
): Command {
  const given = givenFact(state.run, proposal, verdict, circumstances);
  const after = evolve(state, given);
  const close = [verdict.item];
  const { step, pending } = proposal;
  const nextItem = stepItem(step + 1);
  if (verdict.decision === 'approve' || verdict.decision === 'edit' || verdict.decision === 'retry') {
    const decided = after.phase.name === 'acting' ? after.phase.unanswered : [];
    const call = decided.find(({ index }) => index === pending.index) ?? pending;
    const plan = planApproved(after, { pending: call, step }, circumstances);
    if (plan.kind === 'open') {
      return { type: 'advance', facts: [given, ...plan.facts], close, open: [plan.open], nextItem };
    }
    return {
      type: 'advance',
      facts: [given, refusal(state.run, proposal, plan.reason, given.at)],
      close,
      open: [],
      nextItem,
    };
  }
  if (verdict.decision === 'answer') {
    const told = answered(state.run, proposal, verdict.reason ?? '', given.at);
    return { type: 'advance', facts: [given, told], close, open: [], nextItem };
  }
  const answer = refusal(state.run, proposal, reasonOf(proposal, verdict), given.at);
  return { type: 'advance', facts: [given, answer], close, open: [], nextItem };
}

function givenFact(
  run: string,
  { pending, asked }: Proposal,
  { item, decision, by, args, reason }: Verdict,
  circumstances: Circumstances,
): FactOf<'approval.given'> {
  return {
    run,
    at: circumstances.nowMs,
    type: 'approval.given',
    item,
    callId: pending.call.id,
    decision,
    by,
    argsDigest: args === undefined ? asked.argsDigest : argsDigest(args, circumstances.digest),
    ...(args === undefined ? {} : { args: { ...args } }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function refusal(run: string, { pending, step }: Proposal, reason: string, at: number): Fact {
  return unrunAnswer(run, { call: pending.call, step, index: pending.index }, { reason, at });
}

/** What the person said is what the call returns. */
function answered(run: string, proposal: Proposal, content: string, at: number): FactOf<'tool.answered'> {
  const { pending, step, asked } = proposal;
  const unrun = unrunAnswer(run, { call: pending.call, step, index: pending.index }, { reason: '', at });
  return {
    ...unrun,
    message: { ...unrun.message, content, isError: false },
    durationMs: Math.max(0, at - asked.at),
  };
}

function reasonOf({ asked }: Proposal, { decision, reason }: Verdict): string {
  const isUnknown = asked.why === 'outcome_unknown';
  if (asked.why === 'input') {
    if (decision === 'expire') return 'nobody answered in time';
    return reason === undefined
      ? 'the person did not want to answer'
      : `the person did not want to answer: ${reason}`;
  }
  if (decision === 'expire') {
    return isUnknown
      ? 'a crash left the outcome of this call unknown, and nobody said in time what became of it'
      : 'nobody approved this call in time, so it was not run';
  }
  const words = reason === undefined ? '' : `: ${reason}`;
  return isUnknown
    ? `a crash left the outcome of this call unknown; a person looked${words}`
    : `a person refused this call${words}`;
}

const refuse = (code: Extract<Command, { type: 'refuse' }>['code'], message: string): Command => ({
  type: 'refuse',
  code,
  message,
});
