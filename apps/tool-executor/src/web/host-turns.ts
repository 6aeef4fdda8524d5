import { setTimeout as delay } from 'node:timers/promises';

export interface HostTurns {
  /**
   * Waits until nobody else of this process is at the host, and until `pauseMs` have passed since the last one left.
   *
   * @returns what ends the turn
   * @throws the signal's reason
   */
  take(host: string, pauseMs: number, signal: AbortSignal): Promise<() => void>;
}

const maxHosts = 1_000;

/** One visitor at a time for each host, with a pause between two. */
export function hostTurns(nowMs: () => number = () => performance.now()): HostTurns {
  const last = new Map<string, { readonly done: Promise<void>; leftAtMs: number }>();

  const forgetOldest = (): void => {
    const [oldest] = last.keys();
    if (last.size > maxHosts && oldest !== undefined) last.delete(oldest);
  };

  return {
    async take(host, pauseMs, signal) {
      signal.throwIfAborted();
      const before = last.get(host);
      let end: () => void = () => undefined;
      const turn = {
        done: new Promise<void>((resolve) => (end = resolve)),
        leftAtMs: Number.NEGATIVE_INFINITY,
      };
      last.delete(host);
      last.set(host, turn);
      forgetOldest();
      try {
        if (before !== undefined) {
          await orAborted(before.done, signal);
          const waitMs = before.leftAtMs + pauseMs - nowMs();
          if (waitMs > 0) await delay(waitMs, undefined, { signal });
        }
      } catch (error) {
        // Whoever waits for this turn waits for the one before it then.
        void (before?.done ?? Promise.resolve()).then(() => {
          turn.leftAtMs = before?.leftAtMs ?? turn.leftAtMs;
          end();
        });
        throw error;
      }
      return () => {
        turn.leftAtMs = nowMs();
        end();
      };
    },
  };
}

function orAborted(done: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    void done.then(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
  });
}
