import { budgetAmounts, budgetPeriods, wideScopes } from '@lumina/contracts';
import { z } from 'zod';
import {
  type Allowance,
  type BudgetWarning,
  type HoldAgainOutcome,
  type RatingOutcome,
  type Reckoning,
  type ReserveOutcome,
  amountOf,
} from './ledger';

/** What the ledger's scripts answer. Large numbers come as text, in whole units: tokens, or billionths of a dollar. */
const about = {
  scope: z.enum(wideScopes),
  name: z.string(),
  period: z.enum(budgetPeriods),
  amount: z.enum(budgetAmounts),
  allowed: z.coerce.number(),
};
const shortageSchema = z.object({
  ...about,
  used: z.coerce.number(),
  account: z.string(),
  endMs: z.coerce.number(),
  isCrowded: z.boolean(),
  onLimit: z.enum(['fail', 'wait']),
});
const warningSchema = z.object({
  ...about,
  percent: z.union([z.literal(50), z.literal(80), z.literal(100)]),
  spent: z.coerce.number(),
});

export function warningOf(json: string): BudgetWarning {
  const warning = warningSchema.parse(JSON.parse(json));
  const { amount, spent, allowed } = warning;
  return { ...warning, spent: amountOf(amount, spent), allowed: amountOf(amount, allowed) };
}

export const warningsOf = (reply: unknown): readonly BudgetWarning[] =>
  (reply as readonly string[]).map(warningOf);

export function allowanceOf(reply: unknown): Allowance {
  const [kind, ...rest] = reply as readonly string[];
  switch (kind) {
    case 'free':
    case 'unpriced':
      return { kind };
    case 'held':
      return { kind, leftOut: rest };
    case 'short': {
      const { endMs, used, allowed, ...shortage } = shortageSchema.parse(JSON.parse(rest[0] ?? ''));
      const { amount } = shortage;
      const resetsAtMs = endMs === 0 ? undefined : endMs;
      const counts = { used: amountOf(amount, used), allowed: amountOf(amount, allowed) };
      return { kind, shortage: { ...shortage, ...counts, resetsAtMs } };
    }
    default:
      throw new Error(`the ledger answered ${String(kind)}, which is not in its contract`);
  }
}

export function reserveReply(reply: unknown): ReserveOutcome {
  const [kind, allowance, warnings] = reply as readonly unknown[];
  if (kind === 'lost') return { kind };
  return { kind: 'reserved', allowance: allowanceOf(allowance), warnings: warningsOf(warnings) };
}

export function holdAgainReply(reply: unknown): HoldAgainOutcome {
  const [kind] = reply as readonly unknown[];
  if (kind === 'lost') return { kind };
  const allowance = allowanceOf(reply);
  if (allowance.kind === 'held') return { kind: 'held' };
  if (allowance.kind === 'unpriced') throw new Error('the ledger answered unpriced to a further request');
  return allowance;
}

export function reckonReply(reply: unknown): Reckoning & { readonly cursor: string } {
  const [cursor, settled, warnings] = reply as readonly [string, readonly string[], unknown];
  return { cursor, settled, warnings: warningsOf(warnings) };
}

export function ratingReply(reply: unknown): RatingOutcome {
  if (reply === 'kept' || reply === 'missing' || reply === 'full') return reply;
  throw new Error(`the store's script rate answered ${String(reply)}, which is not in its contract`);
}
