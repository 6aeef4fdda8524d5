import type { RedisPerRun } from '../accounts/redis-counters';
import { summaryOf } from '../accounts/round-summary';
import type { RoundsFinding } from '../works/findings';
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
