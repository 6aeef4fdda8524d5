import { pause } from '@lumina/testbed';
import { type Ask, type Load, LoadRecord } from './load-record';

export interface OpenLoop {
  /** Runs a second. */
  readonly rate: number;
  readonly seconds: number;
  readonly signal: AbortSignal;
}

const tickMs = 4;

/**
 * Clients that come at a steady rate, however long the earlier ones have to wait. A run's time counts from when it was due, so that
 * a load generator that is late hides nothing.
 */
export async function openLoop(ask: Ask, { rate, seconds, signal }: OpenLoop): Promise<Load> {
  const record = new LoadRecord();
  const startMs = performance.now();
  const count = Math.round(rate * seconds);
  const asked: Promise<boolean>[] = [];
  while (asked.length < count && !signal.aborted) {
    const dueMs = startMs + (asked.length / rate) * 1_000;
    const earlyMs = dueMs - performance.now();
    if (earlyMs <= 0) asked.push(record.time(ask, dueMs));
    else await pause(Math.min(tickMs, earlyMs), signal);
  }
  await Promise.all(asked);
  return record.load();
}
