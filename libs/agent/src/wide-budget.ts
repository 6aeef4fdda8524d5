import { type BudgetShortage, type ErrorCode, type Fact, type FactOf, budgetItem } from '@lumina/contracts';
import type { Circumstances } from './circumstances';
import type { Command } from './commands';
import { end, failed } from './ending';
import type { RunState } from './run-state';

/** How often a run that waits looks whether the budget has room again, and how soon after its period has turned. */
const lookEveryMs = 15_000;
const turnSpareMs = 1_000;

/** While only calls under way stand in the way, the step is tried again soon, and less and less often. */
const firstPauseMs = 250;
const longestPauseMs = 4_000;

/** The period's turn ends the wait by itself, so nobody is asked for less long than that. */
const turnGraceMs = 60_000;

/** A budget over many runs does not let the model be asked. */
export function outOfBudget(
  state: RunState,
  step: number,
  shortage: BudgetShortage,
  circumstances: Circumstances,
): Command {
  const { nowMs, attempt = 1 } = circumstances;
  if (shortage.isCrowded)
    return { type: 'wait', untilMs: nowMs + Math.min(firstPauseMs * 2 ** (attempt - 1), longestPauseMs) };
  if (shortage.onLimit === 'fail') return end(state, [], failed(state, exhausted(shortage), circumstances));
  const { scope, name, period, amount, used, allowed, account, resetsAtMs } = shortage;
  const item = budgetItem(step, state.grants);
  const resets = resetsAtMs === undefined ? {} : { resetsAt: resetsAtMs };
  const expiresAt = Math.max(nowMs + circumstances.agent.approvalTimeoutMs, (resetsAtMs ?? 0) + turnGraceMs);
  const asked: Fact = {
    ...{ run: state.run, at: nowMs, type: 'budget.asked', item, scope, amount, used, allowed, expiresAt },
    wide: { name, period, account, ...resets },
  };
  const open = [{ item, task: undefined, lookAtMs: nextLook(asked, circumstances) }];
  return { type: 'advance', facts: [asked], close: [], open, nextItem: '' };
}

/** When to look again whether a budget has room. */
export function nextLook(
  { wide, expiresAt }: Pick<FactOf<'budget.asked'>, 'wide' | 'expiresAt'>,
  { nowMs }: Pick<Circumstances, 'nowMs'>,
): number {
  if (wide === undefined) return expiresAt;
  const turnsAt = (wide.resetsAt ?? 0) + turnSpareMs;
  return Math.min(expiresAt, nowMs + lookEveryMs, turnsAt > nowMs ? turnsAt : expiresAt);
}

type Exhausted = Pick<FactOf<'budget.asked'>, 'scope' | 'amount' | 'used' | 'allowed'> &
  Pick<BudgetShortage, 'name' | 'period'>;

export function exhausted({ scope, name, period, amount, used, allowed }: Exhausted): {
  readonly code: ErrorCode;
  readonly message: string;
} {
  const of = period === 'ever' ? 'The budget' : `The ${period}'s budget`;
  const [most, unit] = amount === 'tokens' ? [`${used}`, 'tokens'] : [used.toFixed(4), 'US dollars'];
  const message = `${of} of the ${scope} ${name} does not let the model be asked: it would use up to ${most} of ${allowed} ${unit}.`;
  return { code: 'LUM_BUDGET_EXHAUSTED', message };
}
