import { type Fact, type FactOf, budgetItem, stepItem } from '@lumina/contracts';
import type { Circumstances } from './circumstances';
import type { BudgetAnswer, Command } from './commands';
import { cancelled, end, failed } from './ending';
import { type UsedBudget, exceededBudget } from './limits';
import { type RunState, evolve, stepGeneration } from './run-state';
import { exhausted, nextLook } from './wide-budget';

/**
 * A run that has used up a budget and waits for a person to grant more. Invariants:
 *
 * B1 A grant counts once, for the one question that it names, and only until that expires.
 * B2 A grant lets the run go on: one that would leave the budget used up is refused.
 * B3 Who granted how much, or refused, is a fact before anything follows from it; the limit that holds is in the journal.
 * B4 Refused or not granted in time, the run ends with the limit that it had reached.
 * B5 A budget over many runs has room again when its period turns or somebody else is granted more: the run looks for itself
 *    (wide-budget.ts), and what it is granted raises that budget, in the step that says so.
 */
export function askForMore(
  state: RunState,
  step: number,
  budget: UsedBudget,
  { nowMs, agent }: Circumstances,
): Command {
  const item = budgetItem(step, state.grants);
  const expiresAt = nowMs + agent.approvalTimeoutMs;
  const asked: Fact = {
    ...{ run: state.run, at: nowMs, type: 'budget.asked', item, scope: 'run' },
    ...budget,
    expiresAt,
  };
  const open = [{ item, task: undefined, lookAtMs: expiresAt }];
  return { type: 'advance', facts: [asked], close: [], open, nextItem: '' };
}

export function budgetAnswered(state: RunState, answer: BudgetAnswer, circumstances: Circumstances): Command {
  const { phase } = state;
  if (phase.name !== 'waiting' || phase.asked.item !== answer.item)
    return refuse('LUM_APPROVAL_NOT_PENDING', `Nothing waits for more budget at ${answer.item}.`);
  const { asked } = phase;
  if (circumstances.nowMs >= asked.expiresAt)
    return refuse('LUM_APPROVAL_EXPIRED', 'Nobody granted more in time; the run ends at its limit.');
  if (answer.decision === 'reject') return refused(state, asked, answer, circumstances);
  if (asked.wide !== undefined && answer.mayGrantWide !== true)
    return refuse(
      'LUM_FORBIDDEN',
      `What is granted here is spent by others too: it needs a key with the scope budgets.`,
    );
  const { more } = answer;
  const complaint = unusable(asked, more);
  if (more === undefined || complaint !== undefined)
    return refuse('LUM_VALIDATION_FAILED', complaint ?? 'A grant says how much more.');
  const granted: Fact = {
    ...about(state, asked, circumstances),
    ...{ type: 'budget.granted', by: answer.by, more },
    ...reasonOf(answer),
  };
  const nextItem = stepItem(phase.step, stepGeneration(evolve(state, granted)));
  const { wide, amount } = asked;
  const grant = wide === undefined ? {} : { grant: { account: wide.account, amount, more } };
  return { type: 'advance', facts: [granted], close: [asked.item], open: [], nextItem, ...grant };
}

/** Nobody decided in time, or the run was cancelled while it was asked, or it is not time yet. */
export function budgetLapsed(state: RunState, item: string, circumstances: Circumstances): Command {
  const { phase } = state;
  if (phase.name !== 'waiting' || phase.asked.item !== item) return { type: 'nothing' };
  if (state.cancel !== undefined) return end(state, [], cancelled(state, circumstances));
  const { asked } = phase;
  const isFree = asked.wide !== undefined && circumstances.shortage === undefined;
  if (isFree) return freed(state, asked, phase.step, circumstances);
  if (circumstances.nowMs < asked.expiresAt) return { type: 'wait', untilMs: nextLook(asked, circumstances) };
  return refused(state, asked, { by: 'expiry', reason: undefined }, circumstances);
}

function freed(
  state: RunState,
  asked: FactOf<'budget.asked'>,
  step: number,
  circumstances: Circumstances,
): Command {
  const fact: Fact = { ...about(state, asked, circumstances), type: 'budget.freed' };
  const nextItem = stepItem(step, stepGeneration(evolve(state, fact)));
  return { type: 'advance', facts: [fact], close: [], open: [], nextItem };
}

function refused(
  state: RunState,
  asked: FactOf<'budget.asked'>,
  { by, reason }: Pick<BudgetAnswer, 'by' | 'reason'>,
  circumstances: Circumstances,
): Command {
  const fact: Fact = {
    ...about(state, asked, circumstances),
    ...{ type: 'budget.refused', by },
    ...reasonOf({ reason }),
  };
  const { code, message } =
    asked.wide === undefined ? exceededBudget(asked) : exhausted({ ...asked, ...asked.wide });
  const why = by === 'expiry' ? 'Nobody granted more in time.' : 'A person was asked for more and refused.';
  const ending = failed(state, { code, message: `${message} ${why}` }, circumstances);
  return end(evolve(state, fact), [fact], ending, [asked.item]);
}

/** Why a grant of this much is none. */
function unusable({ amount, used, allowed }: UsedBudget, more = 0): string | undefined {
  const unit = amount === 'tokens' ? 'tokens' : 'US dollars';
  if (!(more > 0)) return `A grant says how much more, in ${unit}: a number above 0.`;
  if (amount === 'tokens' && !Number.isInteger(more)) return 'Tokens are granted in whole numbers.';
  if (allowed + more > Number.MAX_SAFE_INTEGER)
    return `A grant of ${more} ${unit} is more than can be counted.`;
  if (allowed + more > used) return undefined;
  return `The run has used ${used} ${unit} of ${allowed}: ${more} more would not let it go on.`;
}

const about = (
  { run }: RunState,
  { item, scope, amount }: FactOf<'budget.asked'>,
  { nowMs }: Circumstances,
) => ({ run, at: nowMs, item, scope, amount });

const reasonOf = ({ reason }: Pick<BudgetAnswer, 'reason'>) => (reason === undefined ? {} : { reason });

const refuse = (code: Extract<Command, { type: 'refuse' }>['code'], message: string): Command => ({
  type: 'refuse',
  code,
  message,
});
