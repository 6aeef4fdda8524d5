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
 * W1 The first reason stands; `onStop` is told once.
 * W2 Only progress postpones the end of a stall: comments do not keep a dead answer alive.
 * W3 `close` leaves no timer and no listener behind.
 * W4 One timer serves all limits: it goes off before any of them can be reached and looks at the clock, so that a word that arrives moves a
 *    number and no timer.
 */
export class Stopwatch {
  readonly #callEndsAtMs: number;
  #stallEndsAtMs: number;
  #stall: StopReason = 'first-token-timeout';
  #timer: NodeJS.Timeout;
  #bytes = 0;
  #isStopped = false;

  readonly #onAbort = (): void => {
    this.#stop('aborted');
  };

  readonly #onTimer = (): void => {
    const nowMs = performance.now();
    if (nowMs >= this.#callEndsAtMs) this.#stop('call-timeout');
    else if (nowMs >= this.#stallEndsAtMs) this.#stop(this.#stall);
    else this.#timer = this.#next(nowMs);
  };

  /** @param signal of the caller; has not aborted yet */
  constructor(
    private readonly limits: ExchangeLimits,
    private readonly signal: AbortSignal,
    private readonly onStop: (reason: StopReason) => void,
  ) {
    const nowMs = performance.now();
    this.#callEndsAtMs = nowMs + limits.callTimeoutMs;
    this.#stallEndsAtMs = nowMs + limits.firstTokenTimeoutMs;
    this.#timer = this.#next(nowMs);
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  received(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.limits.maxBytes) this.#stop('too-large');
  }

  progress(progress: Progress): void {
    if (progress === 'waiting' || progress === 'done' || this.#stall === 'closing-timeout') return;
    const nowMs = performance.now();
    if (progress === 'moving') {
      this.#stall = 'idle-timeout';
      this.#stallEndsAtMs = nowMs + this.limits.idleTimeoutMs;
      return;
    }
    this.#stall = 'closing-timeout';
    this.#stallEndsAtMs = nowMs + closingTimeoutMs;
    clearTimeout(this.#timer);
    this.#timer = this.#next(nowMs);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.signal.removeEventListener('abort', this.#onAbort);
  }

  #stop(reason: StopReason): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.close();
    this.onStop(reason);
  }

  /** W4: a first token may come at any moment, and silence counts from then on. */
  #next(nowMs: number): NodeJS.Timeout {
    const endsAtMs = Math.min(this.#callEndsAtMs, this.#stallEndsAtMs, nowMs + this.limits.idleTimeoutMs);
    return setTimeout(this.#onTimer, Math.max(1, endsAtMs - nowMs));
  }
}
