import type { RedisPerRun } from '../accounts/redis-counters';
import { summaryOf } from '../accounts/round-summary';
import type { ModelsFinding, RoundsFinding } from '../works/findings';
import type { Round } from '../works/round';

/** A round of 1,000 runs in 10 s that cost one CPU second. */
export const sampleRound = (over: Partial<Round> = {}): Round => ({
  runs: 1_000,
  elapsedMs: 10_000,
  latencyMs: { p50: 5, p95: 8, p99: 10, max: 20 },
  errors: {},
  modelCalls: 2_000,
  cpuSeconds: { gateway: 0.75, redis: 0.25 },
  apart: { load: 0.1, model: 0.2, others: 0 },
  rssBytes: { gateway: 3e8, redis: 1e7 },
  pssBytes: { gateway: 2e8, redis: 1e7 },
  redis: undefined,
  loopDelay: {},
  ...over,
});

export const sampleRedis = (over: Partial<RedisPerRun> = {}): RedisPerRun => ({
  commands: 30,
  byCommand: { evalsha: 20, hget: 10 },
  usecByCommand: { evalsha: 400 },
  reads: 12,
  writes: 12,
  inputBytes: 5_000,
  outputBytes: 4_000,
  memoryBytes: 6_000,
  aofBytes: 11_000,
  ...over,
});

export const sampleFinding = (rounds: RoundsFinding['rounds']): RoundsFinding => ({
  rounds,
  summaries: Object.fromEntries(Object.entries(rounds).map(([name, all]) => [name, summaryOf(all)])),
});

/** Three rounds of steps, one of the breaker, two of fallbacks, the second of which was late. */
export function sampleModels(): ModelsFinding {
  const times = (p50Ms: number, p99Ms = 6) => ({ p50Ms, p99Ms, maxMs: 7 });
  const budgetRound = (wholeMs: number) => ({
    ...{ none: times(0.3), one: times(0.4), five: times(0.5), check: times(0.2) },
    ...{ added: times(0.4), whole: times(wholeMs) },
  });
  const hanging = {
    hangs: { timeoutMs: 300, addedMs: 310 },
    'dies after 3 tokens': { timeoutMs: 0, addedMs: 2 },
  };
  return {
    budgets: { local: [1, 3, 1.5].map(budgetRound) },
    breaker: [times(0.5)],
    fallback: [hanging, { ...hanging, 'dies after 4 tokens': { timeoutMs: 0, addedMs: 501 } }],
  };
}
