import { setImmediate } from 'node:timers/promises';

/** Keeps computing work from holding the event loop: ask `isDue` often and await `pause` when it is. */
export class TimeSlice {
  #startMs = performance.now();

  constructor(
    private readonly signal: AbortSignal,
    private readonly sliceMs = 10,
  ) {}

  get isDue(): boolean {
    return performance.now() - this.#startMs > this.sliceMs;
  }

  /** Lets everything else run. Rejects when the signal has fired. */
  async pause(): Promise<void> {
    await setImmediate();
    this.signal.throwIfAborted();
    this.#startMs = performance.now();
  }
}
