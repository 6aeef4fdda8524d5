import { type RedisPerRun, redisPerRun } from '../accounts/redis-counters';
import { closedLoop } from '../load/closed-loop';
import { LuminaSubject } from '../subjects/lumina-subject';
import type { WorkContext } from './context';
import type { CountsFinding } from './findings';
import { leftBehind } from './left-behind';
import { countersOf } from './round';
import { traced } from './trace';

const batches = 8;
const runsInBatch = 10;
const longestSeconds = 120;

/**
 * What an `agent` run asks of Redis and leaves there, counted and not timed: one client, in small batches. A machine that is busy
 * adds to a batch, by leases renewed and doorbells that nobody heard in time, and takes nothing away: the least is what a run costs.
 */
export async function countsFinding(context: WorkContext): Promise<CountsFinding> {
  const { subjects, progress } = context;
  const luminas = subjects.filter((subject) => subject instanceof LuminaSubject);
  const counted: Record<string, readonly RedisPerRun[]> = {};
  const stored: Record<string, CountsFinding['stored'][string]> = {};
  for (const subject of luminas) {
    progress(`counting what ${subject.title} asks of Redis`);
    await inTurn(subject, 2 * runsInBatch, context);
    counted[subject.name] = await batchesOf(subject, context);
    stored[subject.name] = await leftBehind(subject);
  }
  return { batches: counted, stored, traces: await traced('agent', { ...context, subjects: luminas }) };
}

async function batchesOf(subject: LuminaSubject, context: WorkContext): Promise<readonly RedisPerRun[]> {
  const found: RedisPerRun[] = [];
  for (let batch = 0; batch < batches; batch += 1) {
    const before = await countersOf(subject.redis);
    await inTurn(subject, runsInBatch, context);
    found.push(redisPerRun(before, await countersOf(subject.redis), runsInBatch));
  }
  return found;
}

/** @throws Error when a run is not answered: what it cost would say nothing */
async function inTurn(subject: LuminaSubject, runs: number, { signal }: WorkContext): Promise<void> {
  const bounds = { clients: 1, seconds: longestSeconds, runs, signal };
  const { latenciesMs, errors } = await closedLoop(() => subject.ask('agent'), bounds);
  signal.throwIfAborted();
  if (latenciesMs.length === runs) return;
  const why = [...errors.keys()].join('; ') || `${longestSeconds} s were not enough`;
  throw new Error(`only ${latenciesMs.length} of ${runs} runs of ${subject.title} were answered: ${why}`);
}
