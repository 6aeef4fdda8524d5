import { type wideScopes } from '@lumina/contracts';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { keys } from './keys';
import { type BudgetWarning, type LedgerBudget, amountOf, periodAt } from './ledger';
import { warningOf } from './ledger-replies';

/** What a tenant's calls of one agent's models came to on one day. */
export interface UsageRow {
  /** YYYY-MM-DD, UTC. */
  readonly day: string;
  readonly agent: string;
  /** Empty for calls that came to no end, where nobody knows the model. */
  readonly model: string;
  readonly calls: number;
  /** Of the calls: answers that were given before, for which no model was asked. */
  readonly cachedCalls: number;
  readonly inputTokens: number;
  /** Of the input: what came out of the provider's own cache. */
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
  /** Calls whose end nobody saw, and what budgets count for them: the most that they can have cost. */
  readonly lostCalls: number;
  readonly lostTokens: number;
  readonly lostUsd: number;
}

/** A budget of one thread, tenant, agent or model, as it stands. */
export interface BudgetStanding {
  readonly scope: (typeof wideScopes)[number];
  readonly name: string;
  readonly period: LedgerBudget['period'];
  readonly onLimit: LedgerBudget['onLimit'];
  readonly resetsAtMs: number | undefined;
  readonly costUsd: AmountStanding | undefined;
  readonly tokens: AmountStanding | undefined;
}

export interface AmountStanding {
  readonly spent: number;
  /** By calls under way. */
  readonly held: number;
  /** With what was granted beyond the limit. */
  readonly allowed: number;
}

/** In the order of an entry's numbers; what an older release wrote has not all of them. */
const counts = [
  ...(['calls', 'input', 'output', 'nano', 'lost', 'lostTokens', 'lostNano', 'cached'] as const),
  'cachedInput',
] as const;
type Counts = Record<(typeof counts)[number], number>;

const spendingSchema = z.tuple([z.string(), z.string(), z.string(), z.string()], z.coerce.number());

/** Reads what the ledger has counted; what its sweep has not come to yet is counted in. */
export class SpendingReport {
  constructor(private readonly redis: Redis) {}

  /** @param days YYYY-MM-DD each */
  async usage(tenant: string, days: readonly string[]): Promise<readonly UsageRow[]> {
    const transaction = this.redis.multi().lrange(keys.spendings, 0, -1);
    for (const day of days) transaction.hgetall(keys.usage(tenant, day));
    const [uncounted = [], ...counted] = ((await transaction.exec()) ?? []).map(([error, reply]) => {
      if (error !== null) throw error;
      return reply;
    });
    const rows = new Map<string, Counts>();
    const add = (place: readonly string[], name: string, value: number): void => {
      const key = JSON.stringify(place);
      const row = rows.get(key) ?? noCounts();
      const count = counts.find((one) => one === name);
      if (count !== undefined) row[count] += value;
      rows.set(key, row);
    };
    counted.forEach((fields, index) => {
      for (const [field, value] of Object.entries(fields as Record<string, string>)) {
        const [agent = '', model = '', name = ''] = field.split('|');
        add([days[index] ?? '', agent, model], name, Number(value));
      }
    });
    for (const line of uncounted as readonly string[]) {
      const [day, of, agent, model, ...values] = spendingSchema.parse(JSON.parse(line));
      if (of !== tenant || !days.includes(day)) continue;
      values.forEach((value, index) => add([day, agent, model], counts[index] ?? '', value));
    }
    return [...rows].map(([key, row]) => usageRow(JSON.parse(key) as [string, string, string], row));
  }

  /** Each budget names one thread, tenant, agent or model. */
  async standings(budgets: readonly LedgerBudget[], nowMs: number): Promise<readonly BudgetStanding[]> {
    const places = budgets.map((budget) => ({ budget, ...periodAt(budget.period, nowMs) }));
    const accounts = await Promise.all(
      places.map(({ budget: { scope, name }, label }) =>
        this.redis.hgetall(keys.account(`account:${scope}|${name}|${label}`)),
      ),
    );
    return places.map(({ budget, endMs }, index) => standing(budget, endMs, accounts[index] ?? {}));
  }

  /** The newest warnings, newest first. */
  async warnings(limit: number): Promise<readonly (BudgetWarning & { readonly atMs: number })[]> {
    const entries = await this.redis.xrevrange(keys.budgetWarnings, '+', '-', 'COUNT', limit);
    return entries.map(([id, [, json = '']]) => ({ ...warningOf(json), atMs: Number.parseInt(id, 10) }));
  }
}

const noCounts = (): Counts => ({
  ...{ calls: 0, input: 0, output: 0, nano: 0, lost: 0, lostTokens: 0, lostNano: 0, cached: 0 },
  cachedInput: 0,
});

function usageRow([day, agent, model]: readonly [string, string, string], row: Counts): UsageRow {
  return {
    ...{ day, agent, model, calls: row.calls, inputTokens: row.input, outputTokens: row.output },
    ...{ costUsd: amountOf('costUsd', row.nano), lostCalls: row.lost, lostTokens: row.lostTokens },
    cachedCalls: row.cached,
    cachedInputTokens: row.cachedInput,
    lostUsd: amountOf('costUsd', row.lostNano),
  };
}

function standing(
  { scope, name, period, onLimit, nanoUsd, tokens }: LedgerBudget,
  resetsAtMs: number | undefined,
  account: Readonly<Record<string, string>>,
): BudgetStanding {
  const read = (unit: 'u' | 't', limit: number | undefined): AmountStanding | undefined => {
    if (limit === undefined) return undefined;
    const number = (field: string): number =>
      amountOf(unit === 'u' ? 'costUsd' : 'tokens', Number(account[`${field}${unit}`] ?? 0));
    const ofLimit = amountOf(unit === 'u' ? 'costUsd' : 'tokens', limit);
    return { spent: number('s'), held: number('h'), allowed: ofLimit + number('m') };
  };
  return { scope, name, period, onLimit, resetsAtMs, costUsd: read('u', nanoUsd), tokens: read('t', tokens) };
}
