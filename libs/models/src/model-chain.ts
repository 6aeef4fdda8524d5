import { setTimeout as delay } from 'node:timers/promises';
import type { AnswerPart, Usage } from '@lumina/contracts';
import { Breakers } from './breakers';
import { ChainCall, type RetryPolicy, type SpentPart } from './chain-call';
import type { ModelClient, ModelErrorCode, ModelOutcome } from './model-client';
import { parseModelRef } from './model-ref';
import { type ModelWatch, unwatched } from './model-watch';
import { type Cost, type ModelPrices, costOf } from './prices';
import type { ModelFailure, ModelProvider, Reply } from './provider';

export interface ModelChainOptions extends Partial<RetryPolicy> {
  readonly providers: readonly ModelProvider[];
  readonly prices?: ModelPrices;
  /** Since the Unix epoch: which price holds. */
  readonly nowMs?: () => number;
  readonly breakerFailures?: number;
  readonly breakerRestMs?: number;
  readonly watch?: ModelWatch;
}

const defaultAttemptsPerModel = 3;
const defaultBreaker = { failures: 5, restMs: 10_000 } as const;

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

function failedWith(
  failures: readonly ModelFailure[],
  attempts: number,
  parts: readonly AnswerPart[],
): ModelOutcome {
  const last = failures.at(-1);
  const isOwnFault = last?.remedy === 'give-up';
  const code =
    (isOwnFault
      ? last.code
      : codePriority.find((each) => failures.some((failure) => failure.code === each))) ??
    'LUM_MODEL_UNKNOWN';
  const message = failures.map((failure) => failure.message).join('; then ');
  const cause = last?.cause;
  return {
    ...{ kind: 'failed', code, message, attempts },
    ...(parts.length === 0 ? {} : { parts }),
    ...(cause === undefined ? {} : { cause }),
  };
}

/** What usage costs at the time of one call, by the model. */
type CostOf = (ref: string, usage: Usage) => Cost;

const priced = (cost: CostOf, parts: readonly SpentPart[]): readonly AnswerPart[] =>
  parts.map((part) => ({ ...part, costUsd: cost(part.model, part.usage).costUsd }));

const added = (one = 0, other = 0): number => one + other;

function sumOf(usage: Usage, parts: readonly AnswerPart[]): Usage {
  return parts.reduce((sum, part) => {
    const cachedInputTokens = added(sum.cachedInputTokens, part.usage.cachedInputTokens);
    const cacheWriteTokens = added(sum.cacheWriteTokens, part.usage.cacheWriteTokens);
    return {
      inputTokens: sum.inputTokens + part.usage.inputTokens,
      outputTokens: sum.outputTokens + part.usage.outputTokens,
      ...(cachedInputTokens > 0 ? { cachedInputTokens } : {}),
      ...(cacheWriteTokens > 0 ? { cacheWriteTokens } : {}),
    };
  }, usage);
}

function answered(ref: string, reply: Reply, call: ChainCall, cost: CostOf): ModelOutcome {
  const { content, toolCalls, usage, ...rest } = reply;
  const parts = priced(cost, call.spent);
  const { costUsd, isPriceKnown } = cost(ref, usage);
  return {
    kind: 'answered',
    answer: {
      ...rest,
      usage: sumOf(usage, parts),
      costUsd: parts.reduce((sum, part) => sum + part.costUsd, costUsd),
      isPriceKnown,
      isUsageEstimated: rest.isUsageEstimated || parts.length > 0,
      message: { content, toolCalls },
      model: ref,
      attempts: call.attempts,
      parts,
    },
  };
}

/** The client over configured providers: retries each model, then falls back along the chain. */
export function createModelClient(options: ModelChainOptions): ModelClient {
  const { prices = {}, nowMs = Date.now, random = Math.random } = options;
  const { sleep = sleepUntilAborted, watch = unwatched } = options;
  const breakers = new Breakers({
    failures: options.breakerFailures ?? defaultBreaker.failures,
    restMs: options.breakerRestMs ?? defaultBreaker.restMs,
    onState: (ref, state) => {
      watch.breaker(ref, state);
    },
  });
  const attemptsPerModel = options.attemptsPerModel ?? defaultAttemptsPerModel;
  const policy = { attemptsPerModel, random, sleep, breakers, watch };
  const providers = new Map(options.providers.map((provider) => [provider.id, provider]));

  const answer: ModelClient['answer'] = async (chain, request, observer, signal) => {
    if (chain.length === 0) throw new Error('a chain names at least one model');
    const atMs = nowMs();
    const cost: CostOf = (ref, usage) => costOf(prices, ref, usage, atMs);
    const call = new ChainCall(request, observer, signal, policy);
    const failures: ModelFailure[] = [];
    for (const [position, ref] of chain.entries()) {
      const { provider: id = '', model = '' } = parseModelRef(ref) ?? {};
      const provider = providers.get(id);
      if (provider === undefined) {
        failures.push(unknownProvider(ref, [...providers.keys()]));
        continue;
      }
      if (position > 0) watch.fellBack(chain[position - 1] ?? '', ref);
      const result = await call.ask({ ref, provider, model, hasNext: position < chain.length - 1 });
      if (result.kind === 'aborted') return result;
      if (result.kind === 'replied') return answered(ref, result.reply, call, cost);
      failures.push(result.failure);
      if (result.failure.remedy === 'give-up') break;
    }
    return failedWith(failures, call.attempts, priced(cost, call.spent));
  };

  return { answer };
}
