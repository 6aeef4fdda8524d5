import { pause } from '@lumina/testbed';
import { type Ask, type Load, LoadRecord } from './load-record';

export interface ClosedLoop {
  readonly clients: number;
  /** Until when somebody asks again. */
  readonly seconds: number;
  /** How often somebody asks, at most. */
  readonly runs?: number;
  readonly signal: AbortSignal;
}

/** One that refuses at once must not be asked in a busy loop. */
const afterErrorMs = 50;

/** So many clients, each of which asks again when it has its answer; nobody is cut off at the end. */
export async function closedLoop(
  ask: Ask,
  { clients, seconds, runs = Number.POSITIVE_INFINITY, signal }: ClosedLoop,
): Promise<Load> {
  const record = new LoadRecord();
  const endMs = performance.now() + seconds * 1_000;
  let left = runs;
  const live = async (): Promise<void> => {
    while (performance.now() < endMs && !signal.aborted && left > 0) {
      left -= 1;
      if (!(await record.time(ask))) await pause(afterErrorMs, signal);
    }
  };
  await Promise.all(Array.from({ length: clients }, live));
  return record.load();
}
