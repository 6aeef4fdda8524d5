import type { DoorbellWorker } from './doorbell-worker';

/**
 * Takes no more doorbells, waits until those in hand are answered, and after `timeoutMs` has them let go (`letGo`), so
 * that other workers can go on at once.
 */
export async function drainWithin(
  worker: DoorbellWorker,
  timeoutMs: number,
  letGo: AbortController,
): Promise<void> {
  const timer = setTimeout(() => letGo.abort(new Error('the process is going')), timeoutMs);
  try {
    await worker.drain();
  } finally {
    clearTimeout(timer);
    await worker.close();
  }
}
