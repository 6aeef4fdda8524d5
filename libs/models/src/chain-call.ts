import type { AnswerPart } from '@lumina/contracts';
import type { Breakers } from './breakers';
import type { ModelObserver, ModelRequest } from './model-client';
import type { ModelWatch } from './model-watch';
import type { AskOutcome, ModelFailure, ModelProvider, Reply } from './provider';
import { retryDelayMs } from './retry-delay';
import { Seam, continued } from './seam';
import { summarising, withTrimmedTools } from './shortening';

export interface RetryPolicy {
  readonly attemptsPerModel: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Resolves after the delay or as soon as the signal aborts. */
  readonly sleep: (delayMs: number, signal: AbortSignal) => Promise<void>;
}

export interface ChainPolicy extends RetryPolicy {
  readonly breakers: Breakers;
  readonly watch: Pick<ModelWatch, 'failed' | 'stitched'>;
}

export interface ChainStep {
  readonly ref: string;
  readonly provider: ModelProvider;
  readonly model: string;
  readonly hasNext: boolean;
}

/** Its price is not known here. */
export type SpentPart = Omit<AnswerPart, 'costUsd'>;

/** With another model in the chain, all waiting for one is kept below this. */
const patienceMs = 400;

/**
 * One question over all models and attempts. Invariants:
 *
 * A1 What was shown stays: a request that is sent after words were shown goes on from them (seam.ts). An answer of a given form
 *    cannot be gone on with in its middle; it begins anew, and the observer is told first that what it saw is void.
 * A2 No request is sent once the signal has aborted, nor to a model that rests.
 * A3 A tool call that was half received is discarded; whoever goes on asks for it anew.
 * A4 No request is sent after one that was paid for, but by leave of whoever pays.
 */
export class ChainCall {
  #attempts = 0;
  #said = '';
  /** After so many that were paid for, a further request may be sent. */
  #allowed = 0;
  #lastFailure: ModelFailure | undefined;
  readonly #spent: SpentPart[] = [];

  constructor(
    private readonly request: ModelRequest,
    private readonly observer: ModelObserver,
    private readonly signal: AbortSignal,
    private readonly policy: ChainPolicy,
  ) {}

  /** Requests sent so far. */
  get attempts(): number {
    return this.#attempts;
  }

  get spent(): readonly SpentPart[] {
    return this.#spent;
  }

  /** Asks one model until it replies, will not, or has had its attempts. */
  async ask(step: ChainStep): Promise<AskOutcome> {
    let { request } = this;
    let waitedMs = 0;
    let cuts = 0;
    for (let attempt = 1; ;) {
      if (this.signal.aborted) return { kind: 'aborted' };
      const saidBefore = this.#said.length;
      const outcome = await this.#once(step, request);
      if (outcome.kind !== 'failed') return outcome;
      const { failure } = outcome;
      if (failure.remedy === 'shorten') {
        const shorter = await this.#shorter(step, request, cuts);
        if (shorter === undefined) return outcome;
        request = shorter.request;
        cuts = shorter.cuts;
        continue;
      }
      const hasSpoken = this.#said.length > saidBefore;
      const delayMs = this.#retryIn(failure, { attempt, waitedMs, mayLeave: step.hasNext, hasSpoken });
      if (delayMs === undefined) return outcome;
      await this.policy.sleep(delayMs, this.signal);
      waitedMs += delayMs;
      attempt += 1;
    }
  }

  async #once(step: ChainStep, question: ModelRequest): Promise<AskOutcome> {
    const { ref, provider, model } = step;
    if (!(await this.#mayAsk())) return { kind: 'failed', failure: unpaid(ref) };
    const said = this.#said;
    let seam: Seam | undefined;
    const outcome = await this.policy.breakers.run(ref, () => {
      this.#attempts += 1;
      const request = this.#begin(ref, question);
      if (this.#said !== '') seam = new Seam(this.#said, this.#show);
      const onText = seam === undefined ? this.#show : (text: string) => seam?.take(text);
      return provider.ask(model, request, onText, this.signal);
    });
    if (outcome === undefined) return { kind: 'failed', failure: resting(ref, this.policy.breakers.restMs) };
    if (outcome.kind === 'failed') this.#note(step, outcome.failure, said);
    if (outcome.kind !== 'replied') return outcome;
    seam?.end();
    return seam === undefined ? outcome : { kind: 'replied', reply: this.#stitched(outcome.reply) };
  }

  /** A4 */
  async #mayAsk(): Promise<boolean> {
    const paid = this.#spent.length;
    if (paid <= this.#allowed) return true;
    const isAllowed = (await this.observer.mayAskAgain?.(paid)) ?? true;
    if (isAllowed) this.#allowed = paid;
    return isAllowed;
  }

  readonly #show = (text: string): void => {
    this.#said += text;
    this.observer.onText(text);
  };

  #begin(ref: string, question: ModelRequest): ModelRequest {
    if (this.#said === '') return question;
    if (question.answerFormat === undefined) {
      const last = this.#spent.at(-1);
      if (last !== undefined && !last.isStitched) {
        this.#spent[this.#spent.length - 1] = { ...last, isStitched: true };
        this.policy.watch.stitched(last.model, ref);
      }
      return continued(question, this.#said);
    }
    this.#said = '';
    this.observer.onRestart(this.#lastFailure?.message ?? 'the answer begins anew');
    return question;
  }

  #stitched(reply: Reply): Reply {
    return { ...reply, content: this.#said };
  }

  #note({ ref }: ChainStep, failure: ModelFailure, said: string): void {
    this.#lastFailure = failure;
    this.policy.watch.failed(ref, failure.code);
    if (failure.spent === undefined && this.#said === said) return;
    const usage = failure.spent ?? { inputTokens: 0, outputTokens: 0 };
    this.#spent.push({
      model: ref,
      at: this.#said.length,
      reason: failure.message,
      usage,
      isStitched: false,
    });
  }

  /** Undefined: this model is left. */
  #retryIn(
    failure: ModelFailure,
    tried: { attempt: number; waitedMs: number; mayLeave: boolean; hasSpoken: boolean },
  ): number | undefined {
    const { attemptsPerModel, random } = this.policy;
    if (failure.remedy !== 'retry' || tried.attempt >= attemptsPerModel) return undefined;
    const delayMs = retryDelayMs(tried.attempt, failure.retryAfterMs, random);
    if (!tried.mayLeave) return delayMs;
    // Rather another model now than this one later.
    if (failure.isTimeout === true || tried.hasSpoken) return undefined;
    return tried.waitedMs + delayMs > patienceMs ? undefined : delayMs;
  }

  /** The question in fewer words; undefined: there is nothing left to leave out. */
  async #shorter(
    { ref, provider, model }: ChainStep,
    request: ModelRequest,
    cuts: number,
  ): Promise<{ readonly request: ModelRequest; readonly cuts: number } | undefined> {
    const trimmed = cuts === 0 ? withTrimmedTools(request) : undefined;
    if (trimmed !== undefined) return { request: trimmed, cuts: 1 };
    const plan = cuts <= 1 ? summarising(request) : undefined;
    if (plan === undefined) return undefined;
    this.#attempts += 1;
    const summary = await provider.ask(model, plan.ask, () => undefined, this.signal);
    if (summary.kind !== 'replied' || summary.reply.content.trim() === '') return undefined;
    const { content, usage } = summary.reply;
    const reason = 'the beginning of the conversation was summed up';
    this.#spent.push({ model: ref, at: this.#said.length, reason, usage, isStitched: false });
    return { request: plan.withSummary(content), cuts: 2 };
  }
}

function unpaid(ref: string): ModelFailure {
  const message = `${ref} was not asked: the answer broke off, and no budget has room for another request`;
  return { code: 'LUM_MODEL_UNAVAILABLE', message, remedy: 'give-up' };
}

function resting(ref: string, restMs: number): ModelFailure {
  const message = `${ref} rests after failures and was not asked; it is tried again within ${String(restMs)} ms`;
  return { code: 'LUM_MODEL_UNAVAILABLE', message, remedy: 'next-model', retryAfterMs: restMs };
}
