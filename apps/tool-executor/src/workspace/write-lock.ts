/**
 * One writer at a time for each folder, in this process.
 *
 * L1 Whoever waits is let in in order of arrival, or rejected when its signal fires.
 * L2 It does not hold between processes: there, a file that changed since it was read is noticed just before it is replaced
 *    (change-set.ts).
 */
const tails = new Map<string, Promise<void>>();

/** @throws the signal's reason when it fires before the lock is had */
export async function withWriteLock<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const before = tails.get(key) ?? Promise.resolve();
  let release = (): void => undefined;
  const mine = new Promise<void>((resolve) => (release = resolve));
  const tail = before.then(() => mine);
  tails.set(key, tail);
  void tail.then(() => {
    if (tails.get(key) === tail) tails.delete(key);
  });
  try {
    await orAborted(before, signal);
    return await work();
  } finally {
    release();
  }
}

async function orAborted(turn: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    await Promise.race([turn, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
