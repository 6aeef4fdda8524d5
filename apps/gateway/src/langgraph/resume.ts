import type { ApprovalAnswer, BudgetAnswer, RunState } from '@lumina/agent';
import { type FactOf, LuminaError } from '@lumina/contracts';

/** What a client's command decides in one run: about calls that wait, or about the budget that is used up. */
export type Resume =
  | { readonly kind: 'approvals'; readonly run: string; readonly answers: readonly ApprovalAnswer[] }
  | { readonly kind: 'budget'; readonly run: string; readonly answer: BudgetAnswer };

/** Who decides. */
type Decider = Pick<BudgetAnswer, 'by' | 'mayGrantWide'>;

type Ask = FactOf<'approval.asked'> | FactOf<'budget.asked'>;

/**
 * Reads `command: {resume: {decisions: […]}}`: one decision for each question that waits in these runs, in the order in which they
 * were shown; or `command: {resume: "text"}`, the answer to the one question of an agent that waits.
 *
 * @throws LuminaError LUM_VALIDATION_FAILED, naming the place; LUM_APPROVAL_NOT_PENDING
 */
export function readResume(
  command: unknown,
  states: readonly RunState[],
  by: string,
  mayGrantWide = false,
): readonly Resume[] {
  const who = mayGrantWide ? { by, mayGrantWide } : { by };
  const asked = states.flatMap(pendingAsks);
  const [question, ...others] = asked;
  if (question === undefined)
    throw new LuminaError(
      'LUM_APPROVAL_NOT_PENDING',
      'The command resumes nothing: nothing in this thread waits for a decision.',
    );
  const text = textOf(field(command, 'resume'));
  if (text !== undefined && isCall(question) && question.why === 'input' && others.length === 0) {
    const { run, item, argsDigest } = question;
    const answer = { item, argsDigest, by, decision: 'answer', args: undefined, reason: text } as const;
    return [{ kind: 'approvals', run, answers: [answer] }];
  }
  const decisions = decisionsOf(command);
  if (decisions.length !== asked.length) {
    const expected = `${asked.length} decisions, one for each question that waits; got ${decisions.length}`;
    throw invalid('command.resume.decisions', expected);
  }
  const decided = new Map(asked.map((ask, index) => [ask, { given: decisions[index], index }]));
  return states.flatMap((state): readonly Resume[] => {
    const own = [...decided].filter(([{ run }]) => run === state.run);
    const answers = own.flatMap(([ask, decision]) => (isCall(ask) ? [readApproval(ask, decision, by)] : []));
    const budgets = own.flatMap(([ask, decision]) => (isCall(ask) ? [] : [readBudget(ask, decision, who)]));
    return [
      ...(answers.length === 0 ? [] : [{ kind: 'approvals', run: state.run, answers } as const]),
      ...budgets.map((answer) => ({ kind: 'budget', run: state.run, answer }) as const),
    ];
  });
}

/** What a run asks of people, in the order in which it is shown. */
function pendingAsks({ phase }: RunState): readonly Ask[] {
  if (phase.name === 'waiting') return [phase.asked];
  return phase.name === 'acting' ? phase.unanswered.flatMap(({ asked }) => asked ?? []) : [];
}

const isCall = (ask: Ask): ask is FactOf<'approval.asked'> => ask.type === 'approval.asked';

interface Given {
  readonly given: unknown;
  readonly index: number;
}

const placeOf = ({ index }: Given): string => `command.resume.decisions.${index}`;

function decisionsOf(command: unknown): readonly unknown[] {
  const resume = field(command, 'resume');
  const decisions = field(resume, 'decisions');
  if (Array.isArray(decisions)) return decisions;
  throw invalid('command.resume.decisions', 'a list of decisions, for example [{"type": "approve"}]');
}

/** `{"type": "grant", "more": 2.5}` or `{"type": "reject", "message": "…"}`. */
function readBudget({ item }: Ask, decision: Given, who: Decider): BudgetAnswer {
  const { given } = decision;
  const [type, more] = [field(given, 'type'), field(given, 'more')];
  const reason = textOf(field(given, 'message'));
  if (type === 'reject') return { item, ...who, decision: 'reject', more: undefined, reason };
  if (type !== 'grant') throw invalid(`${placeOf(decision)}.type`, 'grant or reject');
  if (typeof more === 'number') return { item, ...who, decision: 'grant', more, reason };
  throw invalid(`${placeOf(decision)}.more`, 'how much more, a number');
}

function readApproval(
  { item, argsDigest }: FactOf<'approval.asked'>,
  decision: Given,
  by: string,
): ApprovalAnswer {
  return { item, argsDigest, by, ...readDecision(decision) };
}

function readDecision(decision: Given): Pick<ApprovalAnswer, 'decision' | 'args' | 'reason'> {
  const { given } = decision;
  switch (field(given, 'type')) {
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
      throw invalid(`${placeOf(decision)}.edited_action.args`, 'an object with the new arguments');
    }
    default:
      throw invalid(`${placeOf(decision)}.type`, 'approve, edit, reject, respond or retry');
  }
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function invalid(where: string, expected: string): LuminaError {
  const fields = [{ field: where, expected }];
  return new LuminaError('LUM_VALIDATION_FAILED', `${where}: expected ${expected}`, { fields });
}
