import { type Fact, stepItem } from '@lumina/contracts';
import type { Circumstances } from './circumstances';
import type { Command } from './commands';
import { planAsking, unrunAnswer } from './pending-calls';
import type { RunState } from './run-state';

export interface UnknownOutcome {
  readonly callId: string;
  /** Who is told, and how long a person may take. */
  readonly onUnknownOutcome: 'ask-person' | 'tell-model';
  readonly approvalTimeoutMs: number;
}

/**
 * A worker fell silent while it ran a call that must not be repeated (promise P2). Nobody guesses: either a person settles it, or the
 * model is told that the outcome is not known.
 */
export function outcomeUnknown(
  state: RunState,
  { callId, onUnknownOutcome, approvalTimeoutMs: timeoutMs }: UnknownOutcome,
  { nowMs, digest }: Pick<Circumstances, 'nowMs' | 'digest'>,
): Extract<Command, { type: 'advance' }> | undefined {
  if (state.phase.name !== 'acting') return undefined;
  const { step, unanswered } = state.phase;
  const pending = unanswered.find(({ call }) => call.id === callId);
  if (pending === undefined) return undefined;
  const nextItem = stepItem(step + 1);
  if (onUnknownOutcome === 'ask-person' && state.cancel === undefined) {
    const asking = { why: 'outcome_unknown', nowMs, digest, timeoutMs } as const;
    const { open, facts } = planAsking(state.run, { pending, step }, asking);
    return { type: 'advance', facts, close: [], open: [open], nextItem };
  }
  const reason =
    'a crash left the outcome of this call unknown: it may or may not have had its effect. ' +
    'Look before you call it again.';
  const answer: Fact = unrunAnswer(
    state.run,
    { call: pending.call, step, index: pending.index },
    { reason, at: nowMs },
  );
  return { type: 'advance', facts: [answer], close: [], open: [], nextItem };
}
