import { z } from 'zod';
import { agentNameSchema, modelRefSchema } from './agents';

/** Whose calls of models a budget counts; a run's own limits are in its agent's definition. */
export const wideScopes = ['thread', 'tenant', 'agent', 'model'] as const;
export type WideScope = (typeof wideScopes)[number];

/** Days and months are those of UTC. */
export const budgetPeriods = ['day', 'month', 'ever'] as const;
export type BudgetPeriod = (typeof budgetPeriods)[number];

/** Each thread, tenant, agent or model has a budget of this kind of its own. */
export const everyName = '*';

/** What is counted in whole billionths of a dollar must stay exact. */
const mostUsd = 1_000_000;

const nameSchemas = { agent: agentNameSchema, model: modelRefSchema } as const;

/**
 * A budget over many runs. `name`: one thread, tenant, agent or model, whose budget then stands in place of the one for each (`*`) of the same scope
 * and period.
 */
export const wideBudgetSchema = z
  .strictObject({
    scope: z.enum(wideScopes),
    name: z.string().min(1).max(256).default(everyName),
    period: z.enum(budgetPeriods),
    tokens: z.number().int().positive().max(Number.MAX_SAFE_INTEGER).optional(),
    costUsd: z.number().positive().max(mostUsd).optional(),
    /** What becomes of a run that finds it used up. */
    onLimit: z.enum(['fail', 'wait']).default('fail'),
  })
  .superRefine(({ scope, name, tokens, costUsd }, context) => {
    if (tokens === undefined && costUsd === undefined)
      context.addIssue({ code: 'custom', message: 'a budget limits tokens, costUsd, or both' });
    if (name === everyName || scope === 'thread' || scope === 'tenant') return;
    if (!nameSchemas[scope].safeParse(name).success)
      context.addIssue({ code: 'custom', path: ['name'], message: `must name one ${scope}, or be "*"` });
  });
export type WideBudget = z.infer<typeof wideBudgetSchema>;

/** What stands in the way of a call. */
export interface BudgetShortage {
  readonly scope: WideScope;
  readonly name: string;
  readonly period: BudgetPeriod;
  readonly amount: 'tokens' | 'costUsd';
  /** With what the call may cost at most; in the amount's unit. */
  readonly used: number;
  readonly allowed: number;
  /** The account, as a grant names it. */
  readonly account: string;
  /** When the period ends; undefined: never. */
  readonly resetsAtMs: number | undefined;
  /** Calls under way hold what is missing, and may give it back. */
  readonly isCrowded: boolean;
  readonly onLimit: 'fail' | 'wait';
}
