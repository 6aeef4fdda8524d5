import type { BudgetAmount, ErrorCode } from '@lumina/contracts';
import { hasFlag } from './flags';
import type { RunState } from './run-state';

export interface ExceededLimit {
  readonly code: ErrorCode;
  readonly message: string;
  /** Where it is a budget: more of it can be granted. */
  readonly budget?: UsedBudget;
}

export interface UsedBudget {
  readonly amount: BudgetAmount;
  readonly used: number;
  readonly allowed: number;
}

/** How much of its wall time the run has used. */
export function workedMs(state: RunState, nowMs: number): number {
  const { acceptedAtMs, restedMs, outage, restingSinceMs = nowMs } = state;
  const elapsedMs = nowMs - acceptedAtMs;
  if (!hasFlag(state, 'restIsNotWork')) return elapsedMs;
  // An outage lasts until a model has answered; a rest for people has ended when a step begins.
  return elapsedMs - restedMs - (outage === undefined ? 0 : Math.max(0, nowMs - restingSinceMs));
}

/** The first limit that leaves no room for another step, if one does. */
export function exceededLimit(state: RunState, nowMs: number): ExceededLimit | undefined {
  const { limits, totals } = state;
  if (limits === undefined) return undefined;
  const elapsedMs = workedMs(state, nowMs);
  if (elapsedMs >= limits.wallTimeMs) {
    return exceeded('LUM_WALL_TIME_LIMIT', `${elapsedMs} ms of ${limits.wallTimeMs} ms wall time`);
  }
  if (totals.steps >= limits.steps) {
    return exceeded('LUM_STEP_LIMIT', `${totals.steps} of ${limits.steps} steps`);
  }
  const budget = usedUp(state);
  return budget === undefined ? undefined : exceededBudget(budget);
}

/** The first of the run's budgets that is used up. */
function usedUp({ limits, totals }: RunState): UsedBudget | undefined {
  if (limits === undefined) return undefined;
  const amounts = ['tokens', 'costUsd'] as const;
  const amount = amounts.find((one) => totals[one] >= limits[one]);
  return amount === undefined ? undefined : { amount, used: totals[amount], allowed: limits[amount] };
}

export function exceededBudget(budget: UsedBudget): ExceededLimit {
  const { amount, used, allowed } = budget;
  return amount === 'tokens'
    ? { ...exceeded('LUM_TOKEN_LIMIT', `${used} of ${allowed} tokens`), budget }
    : { ...exceeded('LUM_COST_LIMIT', `${used.toFixed(4)} of ${allowed} US dollars`), budget };
}

/** Whether the calls of the last answer go beyond what the run may ask of tools. */
export function exceededToolCalls({ limits, totals }: RunState): ExceededLimit | undefined {
  if (limits === undefined || totals.toolCalls <= limits.toolCalls) return undefined;
  return exceeded('LUM_TOOL_CALL_LIMIT', `${totals.toolCalls} of ${limits.toolCalls} tool calls`);
}

function exceeded(code: ErrorCode, used: string): ExceededLimit {
  return {
    code,
    message: `The run has used ${used} and had no answer by then. The agent's definition sets this limit.`,
  };
}
