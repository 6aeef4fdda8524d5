/** How far a response has come, by what its reader made of the last chunk. */
export type Progress =
  /** nothing of use yet, for example keep-alive comments */
  | 'waiting'
  | 'moving'
  /** complete as far as it matters; only bookkeeping may follow */
  | 'closing'
  | 'done';

export interface ExchangeLimits {
  readonly firstTokenTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly callTimeoutMs: number;
  /** Of the response, decompressed. */
  readonly maxBytes: number;
}

export type StopReason =
  'aborted' | 'first-token-timeout' | 'idle-timeout' | 'call-timeout' | 'closing-timeout' | 'too-large';

const closingTimeoutMs = 2_000;

/**
 * Stops one exchange: by its caller's signal, by time, by size. Invariants:
 *
 * W1 The first reason stands; `signal` fires once, with it.
 * W2 Only progress postpones the stall timer: comments do not keep a dead answer alive.
 * W3 `close` leaves no timer and no listener behind.
 */
export class Stopwatch {
  readonly #limits: ExchangeLimits;
  readonly #outer: AbortSignal;
  readonly #controller = new AbortController();
  readonly #call: NodeJS.Timeout;
  #stall: NodeJS.Timeout;
  #phase: Progress = 'waiting';
  #bytes = 0;
  #stopped: StopReason | undefined;

  readonly #onOuterAbort = (): void => {
    this.stop('aborted');
  };

  constructor(limits: ExchangeLimits, outer: AbortSignal) {
    this.#limits = limits;
    this.#outer = outer;
    this.#call = this.#timer('call-timeout', limits.callTimeoutMs);
    this.#stall = this.#timer('first-token-timeout', limits.firstTokenTimeoutMs);
    outer.addEventListener('abort', this.#onOuterAbort, { once: true });
    if (outer.aborted) this.stop('aborted');
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get stopped(): StopReason | undefined {
    return this.#stopped;
  }

  stop(reason: StopReason): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = reason;
    this.#controller.abort(new Error(reason));
  }

  received(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#limits.maxBytes) this.stop('too-large');
  }

  progress(progress: Progress): void {
    if (progress === 'waiting' || progress === 'done') return;
    if (progress === this.#phase) {
      if (progress === 'moving') this.#stall.refresh();
      return;
    }
    if (this.#phase === 'closing') return;
    this.#phase = progress;
    clearTimeout(this.#stall);
    this.#stall =
      progress === 'moving'
        ? this.#timer('idle-timeout', this.#limits.idleTimeoutMs)
        : this.#timer('closing-timeout', closingTimeoutMs);
  }

  close(): void {
    clearTimeout(this.#call);
    clearTimeout(this.#stall);
    this.#outer.removeEventListener('abort', this.#onOuterAbort);
  }

  #timer(reason: StopReason, delayMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.stop(reason);
    }, delayMs);
  }
}
