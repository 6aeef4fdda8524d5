import type { Address } from '@lumina/testbed';
import { Redis } from 'ioredis';
import type { MadeRun } from './lumina-subject';

const runsAtOnce = 500;

/** Takes runs that have ended out of a run store, with all that belongs to their threads. */
export async function forgetRuns({ host, port }: Address, runs: readonly MadeRun[]): Promise<void> {
  const redis = new Redis({ host, port });
  try {
    for (let from = 0; from < runs.length; from += runsAtOnce) {
      const keys = runs.slice(from, from + runsAtOnce).flatMap(keysOf);
      await redis.unlink(...keys);
    }
  } finally {
    redis.disconnect();
  }
}

/** As ARCHITECTURE.md lists them. */
const keysOf = ({ run, thread }: MadeRun): readonly string[] =>
  [
    `run:${run}`,
    `events:${run}`,
    `thread:${thread}`,
    `runs:${thread}`,
    `waiting:${thread}`,
    `journal:${thread}`,
  ].map((key) => `lum:{s0}:${key}`);

export interface StoredBytes {
  /** What was said and done, as it was written. */
  readonly journal: number;
  /** What the journal, the events and the records of one run take in memory. */
  readonly inMemory: number;
}

/** Of one run and its thread, on the average of some. */
export async function storedBytes({ host, port }: Address, runs: readonly MadeRun[]): Promise<StoredBytes> {
  const redis = new Redis({ host, port });
  try {
    let journal = 0;
    let inMemory = 0;
    for (const made of runs) {
      const facts = await redis.lrange(`lum:{s0}:journal:${made.thread}`, 0, -1);
      journal += facts.reduce((sum, fact) => sum + Buffer.byteLength(fact), 0);
      for (const key of keysOf(made)) inMemory += (await redis.memory('USAGE', key, 'SAMPLES', 0)) ?? 0;
    }
    return { journal: journal / runs.length, inMemory: inMemory / runs.length };
  } finally {
    redis.disconnect();
  }
}
