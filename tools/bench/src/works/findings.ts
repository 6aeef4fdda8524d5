import type { Added } from '../accounts/added';
import type { ByRole } from '../accounts/by-role';
import type { MemoryTrend } from '../accounts/memory-trend';
import type { RedisPerRun } from '../accounts/redis-counters';
import type { RoundSummary } from '../accounts/round-summary';
import type { StreamSummary } from '../accounts/stream-record';
import type { StoredBytes } from '../subjects/stored-runs';
import type { BySubject } from './interleaved';
import type { Round } from './round';

type Named<T> = Readonly<Record<string, T>>;

/** A work in which each round is one measurement, by subject. */
export interface RoundsFinding {
  readonly summaries: Named<RoundSummary>;
  readonly rounds: BySubject<Round>;
}

/** One client at a time. */
export interface LatencyFinding {
  /** By task. */
  readonly tasks: Named<RoundsFinding & { readonly added: Named<Added> }>;
  readonly resting: Named<RestingRedis>;
  /** For one `agent` run, what is asked of Redis from outside its scripts. */
  readonly traces: Named<Named<number>>;
  /** What one `agent` run leaves in the store. */
  readonly stored: Named<StoredBytes>;
}

/** What one `agent` run costs where nothing is timed; by subject. */
export interface CountsFinding {
  readonly batches: Named<readonly RedisPerRun[]>;
  /** What is asked of Redis from outside its scripts. */
  readonly traces: Named<Named<number>>;
  readonly stored: Named<StoredBytes>;
}

/** What Redis does while nobody asks for anything. */
export interface RestingRedis {
  readonly readsPerSecond: number;
  readonly writesPerSecond: number;
}

export interface StreamRound {
  /** Short answers to one client, for the first token. */
  readonly first: StreamSummary;
  readonly firstCost: Round;
  /** Answers of 300 tokens to many clients, for what comes between. */
  readonly long: StreamSummary;
  readonly longCost: Round;
}

export interface StreamFinding {
  readonly rounds: BySubject<StreamRound>;
  /** To the time of the first token. */
  readonly added: Named<Added>;
  readonly clients: number;
}

export interface BurstRound extends Round {
  readonly peakRssBytes: ByRole;
}

export interface BurstFinding {
  /** How many at once. */
  readonly runs: number;
  readonly idleRssBytes: Named<ByRole>;
  readonly warmUp: Named<BurstRound>;
  readonly rounds: BySubject<BurstRound>;
  /** The most that all of a subject's processes took above what they took before anybody asked. */
  readonly aboveIdleBytes: Named<number>;
}

export interface SustainFinding extends RoundsFinding {
  readonly rate: number;
  readonly added: Named<Added>;
}

export interface ThreadsFinding extends RoundsFinding {
  /** Which subject has how many stored threads. */
  readonly levels: Readonly<Record<number, string>>;
}

export interface Soaked {
  readonly round: Round;
  readonly samples: readonly { readonly atSeconds: number; readonly rssBytes: ByRole }[];
  /** By role. */
  readonly trends: Named<MemoryTrend>;
}

export interface SoakFinding {
  readonly rate: number;
  readonly seconds: number;
  readonly bySubject: Named<Soaked>;
}

export interface TelemetryFinding extends RoundsFinding {
  /** What the stack that tells most has sent to a collector. */
  readonly traces: { readonly batches: number; readonly bytes: number };
}

export interface SandboxFinding {
  /** By round, then by tier and `plain`: the same program, started plainly. */
  readonly overhead: readonly Named<{ readonly p50Ms: number; readonly p95Ms: number }>[];
  /** What a neighbour felt beside a program that hoards, and how that was ended; one of each a round. */
  readonly beside: readonly {
    readonly tier: string;
    readonly hog: string;
    readonly aloneP95Ms: number;
    readonly besideP95Ms: number;
    /** After the limit of its time, the latest that one was over; negative: all were ended by another limit before. */
    readonly latestMs: number;
    readonly endedBy: readonly string[];
  }[];
  /** Tiers that hold nothing here, and what could not be tried, with the reason. */
  readonly absent: Named<string>;
}

/** Milliseconds. */
export interface CallTimes {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** What a step takes of the store, by how many budgets count it; and the check of its answer. */
export interface BudgetRound {
  readonly none: CallTimes;
  readonly one: CallTimes;
  readonly five: CallTimes;
  readonly check: CallTimes;
  /** Five budgets and the check, against the step without both beside it, pair by pair. */
  readonly added: CallTimes;
  /** Claim and commit with five budgets, and the check. */
  readonly whole: CallTimes;
}

export interface ModelsFinding {
  /** By durability, round by round. */
  readonly budgets: Named<readonly BudgetRound[]>;
  /** From a call until the fallback has it, while the first model rests; round by round. */
  readonly breaker: readonly CallTimes[];
  /** Round by round, by how the first model is no good: what it added, and the time-out of that which had to be waited for. */
  readonly fallback: readonly Named<{ readonly timeoutMs: number; readonly addedMs: number }>[];
}

/** What came of the works that were done. */
export interface Findings {
  burst?: BurstFinding;
  chat?: RoundsFinding;
  agent?: RoundsFinding;
  agent4?: RoundsFinding;
  steps4?: RoundsFinding;
  latency?: LatencyFinding;
  counts?: CountsFinding;
  stream?: StreamFinding;
  sustain?: SustainFinding;
  threads?: ThreadsFinding;
  soak?: SoakFinding;
  telemetry?: TelemetryFinding;
  sandbox?: SandboxFinding;
  models?: ModelsFinding;
}
