import { setTimeout as sleep } from 'node:timers/promises';

/** Waits, or returns early (without an error) when `signal` aborts. */
export async function delay(delayMs: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(delayMs, undefined, signal === undefined ? {} : { signal });
  } catch {
    // aborted
  }
}

/** Looks every `everyMs` until `isTrue` or the time is over; whether it came true. */
export async function waitUntil(
  isTrue: () => boolean | Promise<boolean>,
  { timeoutMs, everyMs = 50 }: { readonly timeoutMs: number; readonly everyMs?: number },
): Promise<boolean> {
  const endMs = performance.now() + timeoutMs;
  while (!(await isTrue())) {
    if (performance.now() >= endMs) return false;
    await delay(everyMs);
  }
  return true;
}
