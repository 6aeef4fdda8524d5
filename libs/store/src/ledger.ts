import {
  type BudgetAmount,
  type BudgetPeriod,
  type BudgetShortage,
  type WideBudget,
  type WideScope,
  everyName,
} from '@lumina/contracts';

/**
 * What calls of models may cost and have cost, over many runs. Invariants, kept by lua/parts/ledger.lua and by the twin in memory:
 *
 * L1 A call counts against all the budgets that count it, or is not made: what it may cost at most is held in each, in the same step that
 *    gives its step to a worker. In no account is more held and spent than allowed, but for what L4 says.
 * L2 What is held is given back in the step that closes the item, which counts what was really spent instead.
 * L3 A call whose holder fell silent, or gave it back half-way, counts as the dearest that it can have been, once; whoever takes the item
 *    over holds anew.
 * L4 What was spent is counted whole, also where it is more than was held: a provider that answers with more tokens than were asked for.
 * L5 Amounts are whole numbers: tokens, and billionths of a US dollar. A call counts for the period in which it was begun.
 * L6 A further request of a step whose answer was paid for already is held for like the first, before it is sent, or is not sent.
 */
export interface LedgerBudget {
  readonly scope: WideScope;
  readonly name: string;
  /** Of a budget for each: those that have their own. */
  readonly except?: readonly string[];
  readonly period: BudgetPeriod;
  readonly nanoUsd?: number;
  readonly tokens?: number;
  readonly onLimit: 'fail' | 'wait';
}

/** What a call of an agent's models may cost at most, and which budgets count it. The names are those of the script. */
export interface Tariff {
  /** Tokens of instructions and tools. */
  readonly base: number;
  /** Tokens of the longest answer. */
  readonly out: number;
  /** Tokens of one image, at most; absent: as many as any provider is known to count. */
  readonly image?: number;
  /** Where there is only one. */
  readonly model?: string;
  /** Billionths of a dollar for a token. */
  readonly models: readonly { readonly name: string; readonly input: number; readonly output: number }[];
  readonly budgets: readonly LedgerBudget[];
}

export type Allowance =
  /** No budget counts the call; of an item that asks no model: there is room again. */
  | { readonly kind: 'free' }
  /** `leftOut`: models whose own budget is short. */
  | { readonly kind: 'held'; readonly leftOut: readonly string[] }
  /** The store has no tariff for the agent under this print. */
  | { readonly kind: 'unpriced' }
  | { readonly kind: 'short'; readonly shortage: BudgetShortage };

/** Whether a step may send a further request. */
export type HoldAgainOutcome =
  | { readonly kind: 'held' }
  /** No budget counts it. */
  | { readonly kind: 'free' }
  | { readonly kind: 'short'; readonly shortage: BudgetShortage }
  | { readonly kind: 'lost' };

export type ReserveOutcome =
  | { readonly kind: 'reserved'; readonly allowance: Allowance; readonly warnings: readonly BudgetWarning[] }
  | { readonly kind: 'lost' };

/** Told once a period, of dollars and of tokens, when so much is spent; 100 also when a call no longer fits. */
export interface BudgetWarning {
  readonly scope: WideScope;
  readonly name: string;
  readonly period: BudgetPeriod;
  readonly amount: BudgetAmount;
  readonly percent: 50 | 80 | 100;
  readonly spent: number;
  readonly allowed: number;
}

/** What a step's call of a model came to. */
export interface Spent {
  readonly agent: string;
  /** The model that answered; empty: none. */
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of the input: what came out of the provider's own cache. */
  readonly cachedInputTokens?: number | undefined;
  readonly costUsd: number;
  /** How many calls had begun to answer and came to no end: each counts as all that was held for one. */
  readonly lost: number;
  /** 1 where the answer was given before, and no model was asked. */
  readonly cached?: number;
}

/** More than the limit, for as long as the account's period lasts. */
export interface Grant {
  readonly account: string;
  readonly amount: BudgetAmount;
  readonly more: number;
}

export interface Reckoning {
  /** The holds that were settled, as run|item. */
  readonly settled: readonly string[];
  readonly warnings: readonly BudgetWarning[];
}

export interface Rating {
  readonly run: string;
  readonly tenant: string;
  readonly name: string;
  readonly json: string;
}

export type RatingOutcome = 'kept' | 'missing' | 'full';

export const ratingsPerRun = 100;

/** What is said to a model that goes on with an answer or sums up, beside the prompt and the answer so far: no more tokens than bytes. */
export const seamTokens = 1_000;

const nanosPerUsd = 1_000_000_000;
export const nanosOf = (usd: number): number => Math.round(usd * nanosPerUsd);
export const amountOf = (amount: BudgetAmount, count: number): number =>
  amount === 'tokens' ? count : count / nanosPerUsd;

/** The budgets of a file as the ledger counts them: a named one stands in place of the one for each. */
export function ledgerBudgets(budgets: readonly WideBudget[]): readonly LedgerBudget[] {
  return budgets.map(({ scope, name, period, tokens, costUsd, onLimit }) => {
    const named = budgets.filter(
      (other) => other.scope === scope && other.period === period && other.name !== everyName,
    );
    const isForEach = name === everyName && named.length > 0;
    return {
      ...{ scope, name, period, onLimit },
      ...(isForEach ? { except: named.map((other) => other.name) } : {}),
      ...(tokens === undefined ? {} : { tokens }),
      ...(costUsd === undefined ? {} : { nanoUsd: nanosOf(costUsd) }),
    };
  });
}

/** The period that holds this time, as accounts are named by it, and when it ends. */
export function periodAt(period: BudgetPeriod, nowMs: number): { label: string; endMs: number | undefined } {
  if (period === 'ever') return { label: 'ever', endMs: undefined };
  const now = new Date(nowMs);
  const [year, month] = [now.getUTCFullYear(), now.getUTCMonth()];
  if (period === 'month') return { label: now.toISOString().slice(0, 7), endMs: Date.UTC(year, month + 1) };
  return { label: now.toISOString().slice(0, 10), endMs: Date.UTC(year, month, now.getUTCDate() + 1) };
}
