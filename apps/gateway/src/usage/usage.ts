import type { UsageRow } from '@lumina/store';

export const usageDimensions = ['tenant', 'agent', 'model', 'day'] as const;
export type UsageDimension = (typeof usageDimensions)[number];

export interface UsageSums {
  readonly calls: number;
  /** Of the calls: answers that were given before, for which no model was asked. */
  readonly cached_calls: number;
  readonly input_tokens: number;
  /** Of the input: what came out of the providers' own caches. */
  readonly cached_input_tokens: number;
  readonly output_tokens: number;
  readonly cost_usd: number;
  /** Calls whose end nobody saw, and the most that they can have cost. */
  readonly lost_calls: number;
  readonly lost_tokens: number;
  readonly lost_usd: number;
}

export type UsageView = UsageSums & Readonly<Partial<Record<UsageDimension, string>>>;

const dayMs = 86_400_000;
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** The days from one to the other, both included. */
export function daysBetween(from: string, to: string): readonly string[] {
  const [first, last] = [Date.parse(from), Date.parse(to)];
  const count = Math.max(0, Math.round((last - first) / dayMs) + 1);
  return Array.from({ length: count }, (_, index) => dayOf(first + index * dayMs));
}

const noSums: UsageSums = {
  ...{ calls: 0, cached_calls: 0, input_tokens: 0, cached_input_tokens: 0, output_tokens: 0, cost_usd: 0 },
  ...{ lost_calls: 0, lost_tokens: 0, lost_usd: 0 },
};

/** To billionths of a dollar, as the ledger counts: sums of doubles would show their rounding. */
const exactly = (usd: number): number => Math.round(usd * 1e9) / 1e9;

const plus = (sums: UsageSums, row: UsageRow): UsageSums => ({
  calls: sums.calls + row.calls,
  cached_calls: sums.cached_calls + row.cachedCalls,
  input_tokens: sums.input_tokens + row.inputTokens,
  cached_input_tokens: sums.cached_input_tokens + row.cachedInputTokens,
  output_tokens: sums.output_tokens + row.outputTokens,
  cost_usd: exactly(sums.cost_usd + row.costUsd),
  lost_calls: sums.lost_calls + row.lostCalls,
  lost_tokens: sums.lost_tokens + row.lostTokens,
  lost_usd: exactly(sums.lost_usd + row.lostUsd),
});

export const totalOf = (rows: readonly UsageRow[]): UsageSums => rows.reduce(plus, noSums);

/** One view for each combination of the dimensions, in their order. */
export function usageBy(
  rows: readonly UsageRow[],
  by: readonly UsageDimension[],
  tenant: string,
): readonly UsageView[] {
  const groups = new Map<
    string,
    { readonly names: Partial<Record<UsageDimension, string>>; sums: UsageSums }
  >();
  for (const row of rows) {
    const values = { tenant, agent: row.agent, model: row.model, day: row.day };
    const names = Object.fromEntries(by.map((dimension) => [dimension, values[dimension]]));
    const key = JSON.stringify(by.map((dimension) => values[dimension]));
    const group = groups.get(key) ?? { names, sums: noSums };
    group.sums = plus(group.sums, row);
    groups.set(key, group);
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { names, sums }]) => ({ ...names, ...sums }));
}
