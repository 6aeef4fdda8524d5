import type { ApprovalAnswer, BudgetAnswer, RunState } from '@lumina/agent';
import { LuminaError } from '@lumina/contracts';

/** A decision as LangGraph clients send it. */
type Decision = Pick<ApprovalAnswer, 'decision' | 'args' | 'reason'>;

/** What a client's command decides about: calls that wait, or the budget that is used up. */
export type Resume =
  | { readonly kind: 'approvals'; readonly answers: readonly ApprovalAnswer[] }
  | { readonly kind: 'budget'; readonly answer: BudgetAnswer };

/** @throws LuminaError LUM_VALIDATION_FAILED, naming the place; LUM_APPROVAL_NOT_PENDING */
export function readResume(command: unknown, state: RunState, by: string): Resume {
  if (state.phase.name !== 'waiting')
    return { kind: 'approvals', answers: readApprovals(command, state, by) };
  return { kind: 'budget', answer: { ...readBudget(command), item: state.phase.asked.item, by } };
}

/** `{"type": "grant", "more": 2.5}` or `{"type": "reject", "message": "…"}`, alone in the list of decisions. */
function readBudget(command: unknown): Pick<BudgetAnswer, 'decision' | 'more' | 'reason'> {
  const [given, ...others] = decisionsOf(command);
  if (others.length > 0) throw invalid('command.resume.decisions', 'one decision, about the budget');
  const place = 'command.resume.decisions.0';
  const [type, more] = [field(given, 'type'), field(given, 'more')];
  const reason = textOf(field(given, 'message'));
  if (type === 'reject') return { decision: 'reject', more: undefined, reason };
  if (type !== 'grant') throw invalid(`${place}.type`, 'grant or reject');
  if (typeof more === 'number') return { decision: 'grant', more, reason };
  throw invalid(`${place}.more`, 'how much more, a number');
}

/**
 * Reads `command: {resume: {decisions: […]}}`: one decision for each call that waits, in the order in which they were shown;
 * or `command: {resume: "text"}`, the answer to the one question that waits.
 *
 * @throws LuminaError LUM_VALIDATION_FAILED, naming the place
 */
function readApprovals(command: unknown, state: RunState, by: string): readonly ApprovalAnswer[] {
  const asked = pendingAsks(state);
  if (asked.length === 0)
    throw new LuminaError('LUM_APPROVAL_NOT_PENDING', 'Nothing in this thread waits for a decision.');
  const text = textOf(field(command, 'resume'));
  const [question, ...others] = asked;
  if (text !== undefined && question?.why === 'input' && others.length === 0) {
    const { item, argsDigest } = question;
    return [{ item, argsDigest, by, decision: 'answer', args: undefined, reason: text }];
  }
  const decisions = decisionsOf(command);
  if (decisions.length !== asked.length) {
    throw invalid(
      'command.resume.decisions',
      `${asked.length} decisions, one for each call that waits; got ${decisions.length}`,
    );
  }
  return asked.map(({ item, argsDigest }, index) => {
    const place = `command.resume.decisions.${index}`;
    return { item, argsDigest, by, ...readDecision(decisions[index], place) };
  });
}

export function pendingAsks({ phase }: RunState) {
  return phase.name === 'acting' ? phase.unanswered.flatMap(({ asked }) => asked ?? []) : [];
}

function decisionsOf(command: unknown): readonly unknown[] {
  const resume = field(command, 'resume');
  const decisions = field(resume, 'decisions');
  if (Array.isArray(decisions)) return decisions;
  throw invalid('command.resume.decisions', 'a list of decisions, for example [{"type": "approve"}]');
}

function readDecision(given: unknown, place: string): Decision {
  const type = field(given, 'type');
  switch (type) {
    case 'approve':
      return { decision: 'approve', args: undefined, reason: undefined };
    case 'retry':
      return { decision: 'retry', args: undefined, reason: undefined };
    case 'respond':
      return { decision: 'answer', args: undefined, reason: textOf(field(given, 'message')) };
    case 'reject':
      return { decision: 'reject', args: undefined, reason: textOf(field(given, 'message')) };
    case 'edit': {
      const args = field(field(given, 'edited_action'), 'args');
      if (typeof args === 'object' && args !== null && !Array.isArray(args)) {
        return { decision: 'edit', args: { ...args }, reason: undefined };
      }
      throw invalid(`${place}.edited_action.args`, 'an object with the new arguments');
    }
    default:
      throw invalid(`${place}.type`, 'approve, edit, reject, respond or retry');
  }
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function invalid(where: string, expected: string): LuminaError {
  const fields = [{ field: where, expected }];
  return new LuminaError('LUM_VALIDATION_FAILED', `${where}: expected ${expected}`, { fields });
}
