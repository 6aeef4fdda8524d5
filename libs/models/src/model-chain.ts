import { setTimeout as delay } from 'node:timers/promises';
import type { ModelClient, ModelErrorCode, ModelObserver, ModelOutcome, ModelRequest } from './model-client';
import { parseModelRef } from './model-ref';
import { type ModelPrices, costOf } from './prices';
import type { AskOutcome, ModelFailure, ModelProvider, Reply } from './provider';
import { longestRetryAfterMs, retryDelayMs } from './retry-delay';

export interface ModelChainOptions {
  readonly providers: readonly ModelProvider[];
  readonly prices?: ModelPrices;
  readonly attemptsPerModel?: number;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
  /** Resolves after the delay or as soon as the signal aborts. */
  readonly sleep?: (delayMs: number, signal: AbortSignal) => Promise<void>;
}

const defaultAttemptsPerModel = 3;

const sleepUntilAborted = (delayMs: number, signal: AbortSignal): Promise<void> =>
  delay(delayMs, undefined, { signal }).catch(() => undefined);

/** What a chain failed with: the code most likely to pass by itself wins, because it decides whether a client retries. */
const codePriority: readonly ModelErrorCode[] = [
  'LUM_MODEL_UNAVAILABLE',
  'LUM_MODEL_REJECTED',
  'LUM_MODEL_UNKNOWN',
];

function unknownProvider(ref: string, configured: readonly string[]): ModelFailure {
  const provider = parseModelRef(ref)?.provider;
  const available = `configured: ${configured.length === 0 ? 'none' : configured.join(', ')}`;
  const reason =
    provider === undefined
      ? `"${ref}" is not of the form provider/model, for example openai/gpt-5`
      : provider === 'anthropic'
        ? `${ref}: the provider anthropic is not supported yet; an OpenAI-compatible endpoint that serves the model works`
        : `${ref}: the provider ${provider} is not configured`;
  return { code: 'LUM_MODEL_UNKNOWN', message: `${reason} (${available})`, remedy: 'next-model' };
}

function failedWith(failures: readonly ModelFailure[], attempts: number): ModelOutcome {
  const last = failures.at(-1);
  const isOwnFault = last?.remedy === 'give-up';
  const code =
    (isOwnFault
      ? last.code
      : codePriority.find((each) => failures.some((failure) => failure.code === each))) ??
    'LUM_MODEL_UNKNOWN';
  const message = failures.map((failure) => failure.message).join('; then ');
  const cause = last?.cause;
  return { kind: 'failed', code, message, attempts, ...(cause === undefined ? {} : { cause }) };
}

/** One call of `answer`, over all models and attempts. */
class ChainCall {
  attempts = 0;
  readonly #observer: ModelObserver;
  #isShown = false;

  constructor(
    readonly request: ModelRequest,
    observer: ModelObserver,
    readonly signal: AbortSignal,
  ) {
    this.#observer = observer;
  }

  readonly show = (text: string): void => {
    this.#isShown = true;
    this.#observer.onText(text);
  };

  beginAttempt(lastFailure: ModelFailure | undefined): void {
    this.attempts += 1;
    if (!this.#isShown) return;
    this.#isShown = false;
    this.#observer.onRestart(lastFailure?.message ?? 'the answer begins anew');
  }
}

/** The client over configured providers: retries each model, then falls back along the chain. */
export function createModelClient(options: ModelChainOptions): ModelClient {
  const { prices = {}, random = Math.random, sleep = sleepUntilAborted } = options;
  const attemptsPerModel = options.attemptsPerModel ?? defaultAttemptsPerModel;
  const providers = new Map(options.providers.map((provider) => [provider.id, provider]));

  const mayRetry = (failure: ModelFailure, attempt: number, hasNext: boolean): boolean => {
    if (failure.remedy !== 'retry' || attempt >= attemptsPerModel) return false;
    // Rather another model now than this one much later.
    return !hasNext || (failure.retryAfterMs ?? 0) <= longestRetryAfterMs;
  };

  const askModel = async (
    call: ChainCall,
    { provider, model }: { provider: ModelProvider; model: string },
    { before, hasNext }: { before: ModelFailure | undefined; hasNext: boolean },
  ): Promise<AskOutcome> => {
    let last = before;
    for (let attempt = 1; ; attempt += 1) {
      if (call.signal.aborted) return { kind: 'aborted' };
      call.beginAttempt(last);
      const outcome = await provider.ask(model, call.request, call.show, call.signal);
      if (outcome.kind !== 'failed') return outcome;
      if (!mayRetry(outcome.failure, attempt, hasNext)) return outcome;
      last = outcome.failure;
      await sleep(retryDelayMs(attempt, last.retryAfterMs, random), call.signal);
    }
  };

  const answered = (
    ref: string,
    { content, toolCalls, ...reply }: Reply,
    attempts: number,
  ): ModelOutcome => ({
    kind: 'answered',
    answer: {
      ...reply,
      ...costOf(prices, ref, reply.usage),
      message: { content, toolCalls },
      model: ref,
      attempts,
    },
  });

  const answer: ModelClient['answer'] = async (chain, request, observer, signal) => {
    if (chain.length === 0) throw new Error('a chain names at least one model');
    const call = new ChainCall(request, observer, signal);
    const failures: ModelFailure[] = [];
    for (const [position, ref] of chain.entries()) {
      const parsed = parseModelRef(ref);
      const provider = providers.get(parsed?.provider ?? '');
      if (parsed === undefined || provider === undefined) {
        failures.push(unknownProvider(ref, [...providers.keys()]));
        continue;
      }
      const target = { provider, model: parsed.model };
      const result = await askModel(call, target, {
        before: failures.at(-1),
        hasNext: position < chain.length - 1,
      });
      if (result.kind === 'aborted') return result;
      if (result.kind === 'replied') return answered(ref, result.reply, call.attempts);
      failures.push(result.failure);
      if (result.failure.remedy === 'give-up') break;
    }
    return failedWith(failures, call.attempts);
  };

  return { answer };
}
