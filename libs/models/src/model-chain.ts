import { setTimeout as delay } from 'node:timers/promises';
import { ChainCall, type RetryPolicy } from './chain-call';
import type { ModelClient, ModelErrorCode, ModelOutcome } from './model-client';
import { parseModelRef } from './model-ref';
import { type ModelPrices, costOf } from './prices';
import type { ModelFailure, ModelProvider, Reply } from './provider';

export interface ModelChainOptions extends Partial<RetryPolicy> {
  readonly providers: readonly ModelProvider[];
  readonly prices?: ModelPrices;
}

const defaultAttemptsPerModel = 3;

const sleepUntilAborted = (delayMs: number, signal: AbortSignal): Promise<void> =>
  delay(delayMs, undefined, { signal }).catch(() => undefined);

/** What a chain failed with: the code most likely to pass by itself wins, because it decides whether a client retries. */
const codePriority: readonly ModelErrorCode[] = [
  'LUM_MODEL_UNAVAILABLE',
  'LUM_CONTEXT_TOO_LONG',
  'LUM_MODEL_REJECTED',
  'LUM_MODEL_UNKNOWN',
];

function unknownProvider(ref: string, configured: readonly string[]): ModelFailure {
  const provider = parseModelRef(ref)?.provider;
  const available = `configured: ${configured.length === 0 ? 'none' : configured.join(', ')}`;
  const reason =
    provider === undefined
      ? `"${ref}" is not of the form provider/model, for example openai/gpt-5`
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

/** The client over configured providers: retries each model, then falls back along the chain. */
export function createModelClient(options: ModelChainOptions): ModelClient {
  const { prices = {}, random = Math.random, sleep = sleepUntilAborted } = options;
  const policy = { attemptsPerModel: options.attemptsPerModel ?? defaultAttemptsPerModel, random, sleep };
  const providers = new Map(options.providers.map((provider) => [provider.id, provider]));

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
    const call = new ChainCall(request, observer, signal, policy);
    const failures: ModelFailure[] = [];
    for (const [position, ref] of chain.entries()) {
      const { provider: id = '', model = '' } = parseModelRef(ref) ?? {};
      const provider = providers.get(id);
      if (provider === undefined) {
        failures.push(unknownProvider(ref, [...providers.keys()]));
        continue;
      }
      const hasNext = position < chain.length - 1;
      const result = await call.ask({ provider, model, before: failures.at(-1), hasNext });
      if (result.kind === 'aborted') return result;
      if (result.kind === 'replied') return answered(ref, result.reply, call.attempts);
      failures.push(result.failure);
      if (result.failure.remedy === 'give-up') break;
    }
    return failedWith(failures, call.attempts);
  };

  return { answer };
}
