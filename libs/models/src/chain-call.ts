import type { ModelObserver, ModelRequest } from './model-client';
import type { AskOutcome, ModelFailure, ModelProvider } from './provider';
import { longestRetryAfterMs, retryDelayMs } from './retry-delay';

export interface RetryPolicy {
  readonly attemptsPerModel: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Resolves after the delay or as soon as the signal aborts. */
  readonly sleep: (delayMs: number, signal: AbortSignal) => Promise<void>;
}

export interface ChainStep {
  readonly provider: ModelProvider;
  readonly model: string;
  /** Why the model before it in the chain did not answer. */
  readonly before: ModelFailure | undefined;
  readonly hasNext: boolean;
}

/**
 * One question over all models and attempts. Invariants:
 *
 * A1 Before a request is sent after text was shown, the observer is told that the text is void; once, not again until
 *    more is shown.
 * A2 No request is sent once the signal has aborted.
 */
export class ChainCall {
  #attempts = 0;
  #isShown = false;
  readonly #observer: ModelObserver;

  constructor(
    readonly request: ModelRequest,
    observer: ModelObserver,
    readonly signal: AbortSignal,
    readonly policy: RetryPolicy,
  ) {
    this.#observer = observer;
  }

  /** Requests sent so far. */
  get attempts(): number {
    return this.#attempts;
  }

  /** Asks one model until it replies, will not, or has had its attempts. */
  async ask({ provider, model, before, hasNext }: ChainStep): Promise<AskOutcome> {
    const { random, sleep } = this.policy;
    let last = before;
    for (let attempt = 1; ; attempt += 1) {
      if (this.signal.aborted) return { kind: 'aborted' };
      this.#begin(last);
      const outcome = await provider.ask(model, this.request, this.#show, this.signal);
      if (outcome.kind !== 'failed' || !this.#mayRetry(outcome.failure, attempt, hasNext)) return outcome;
      last = outcome.failure;
      await sleep(retryDelayMs(attempt, last.retryAfterMs, random), this.signal);
    }
  }

  readonly #show = (text: string): void => {
    this.#isShown = true;
    this.#observer.onText(text);
  };

  #begin(last: ModelFailure | undefined): void {
    this.#attempts += 1;
    if (!this.#isShown) return;
    this.#isShown = false;
    this.#observer.onRestart(last?.message ?? 'the answer begins anew');
  }

  #mayRetry(failure: ModelFailure, attempt: number, hasNext: boolean): boolean {
    if (failure.remedy !== 'retry' || attempt >= this.policy.attemptsPerModel) return false;
    // Rather another model now than this one much later.
    return !hasNext || (failure.retryAfterMs ?? 0) <= longestRetryAfterMs;
  }
}
