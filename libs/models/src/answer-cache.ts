import { createHash } from 'node:crypto';
import type { Message } from '@lumina/contracts';
import { z } from 'zod';
import type { ModelAnswer, ModelClient, ModelOutcome, ModelRequest } from './model-client';

/**
 * Whole answers, given again to the same question. Invariants:
 *
 * K1 Only a deterministic question is looked up or kept: temperature 0, no tool that may change anything, no image that lies elsewhere.
 * K2 The same question means all that the model is told, byte for byte, the model, and the tenant; names that we or providers make up are
 *    left out, for they are new each time.
 * K3 Kept is only an answer in words that came whole, at once, from the chain's first model: no tool call, nothing cut, nothing stitched.
 * K4 A cache that is away, or holds nonsense, is an empty one.
 */
export interface AnswerCache {
  get(tenant: string, digest: string): Promise<string | undefined>;
  put(tenant: string, digest: string, json: string, ttlMs: number): Promise<void>;
}

const keptSchema = z.object({ content: z.string().min(1), model: z.string() });

/** K1 */
export function isDeterministic({ sampling, tools, messages }: ModelRequest): boolean {
  return (
    sampling?.temperature === 0 &&
    tools.every(({ risk }) => risk === 'read') &&
    !messages.some(
      (message) => message.role === 'user' && message.images?.some((image) => 'url' in image) === true,
    )
  );
}

/** K2: calls are named by their order. */
export function questionDigest(model: string, { messages, ...request }: ModelRequest): string {
  const names = new Map<string, number>();
  const nameOf = (id: string): number => {
    const known = names.get(id) ?? names.size;
    names.set(id, known);
    return known;
  };
  const said = (message: Message): unknown => {
    switch (message.role) {
      case 'user':
        return ['user', message.content, message.images ?? []];
      case 'assistant':
        return [
          'assistant',
          message.content,
          message.toolCalls.map(({ id, name, args, malformed }) => [
            nameOf(id),
            name,
            args,
            malformed ?? null,
          ]),
        ];
      case 'tool':
        return ['tool', nameOf(message.toolCallId), message.name, message.content, message.isError];
    }
  };
  const { system, tools, maxOutputTokens, sampling, toolChoice, isParallelCallsAllowed, answerFormat } =
    request;
  const shown = tools.map(({ name, description, parameters }) => [name, description, parameters]);
  const options = [maxOutputTokens, sampling, toolChoice, isParallelCallsAllowed, answerFormat];
  const question = JSON.stringify([1, model, system, messages.map(said), shown, ...options]);
  return createHash('sha256').update(question).digest('base64url');
}

/** A client that answers from the cache what may be, and keeps what may be kept. */
export function cachedClient(client: ModelClient, cache: AnswerCache): ModelClient {
  return {
    answer: async (chain, { cache: wish, ...request }, observer, signal): Promise<ModelOutcome> => {
      const [first = ''] = chain;
      if (wish === undefined || !isDeterministic(request))
        return client.answer(chain, request, observer, signal);
      const beganMs = performance.now();
      const digest = questionDigest(first, request);
      const kept = await lookedUp(cache, wish.tenant, digest);
      if (kept !== undefined && !signal.aborted) {
        observer.onText(kept.content);
        return { kind: 'answered', answer: cachedAnswer(kept, performance.now() - beganMs) };
      }
      const outcome = await client.answer(chain, request, observer, signal);
      if (outcome.kind === 'answered' && isKept(outcome.answer, first)) {
        const { message, model } = outcome.answer;
        const json = JSON.stringify({ content: message.content, model });
        // Nobody waits for it.
        void cache.put(wish.tenant, digest, json, wish.ttlMs).catch(() => undefined);
      }
      return outcome;
    },
  };
}

type Kept = z.infer<typeof keptSchema>;

async function lookedUp(cache: AnswerCache, tenant: string, digest: string): Promise<Kept | undefined> {
  try {
    const json = await cache.get(tenant, digest);
    return json === undefined ? undefined : keptSchema.parse(JSON.parse(json));
  } catch {
    return undefined;
  }
}

/** K3 */
const isKept = ({ message, model, finishReason, parts }: ModelAnswer, first: string): boolean =>
  model === first &&
  finishReason === 'stop' &&
  message.toolCalls.length === 0 &&
  message.content.trim() !== '' &&
  parts.length === 0;

const cachedAnswer = ({ content, model }: Kept, tookMs: number): ModelAnswer => ({
  message: { content, toolCalls: [] },
  usage: { inputTokens: 0, outputTokens: 0 },
  finishReason: 'stop',
  model,
  durationMs: tookMs,
  timeToFirstTokenMs: tookMs,
  costUsd: 0,
  isPriceKnown: true,
  isUsageEstimated: false,
  isCached: true,
  attempts: 0,
  parts: [],
});
