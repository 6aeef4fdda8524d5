import { createHash } from 'node:crypto';
import type { Message } from '@lumina/contracts';
import { z } from 'zod';
import type { CacheWish, ModelAnswer, ModelClient, ModelOutcome, ModelRequest } from './model-client';

/**
 * Whole answers, given again to the same question. Invariants:
 *
 * K1 Only a deterministic question is looked up or kept: temperature 0, no tool that may change anything, no image that lies elsewhere.
 * K2 The same question means all that the model is told, byte for byte, the model, and the tenant; names that we or providers make up are
 *    left out, for they are new each time.
 * K3 Kept is only an answer in words that came whole, at once, from the chain's first model: no tool call, nothing cut, nothing stitched.
 * K4 A cache that is away, or holds nonsense, is an empty one.
 * K5 Kept is only an answer that was accepted, by whoever asked and checks answers. One that was kept and is refused now, for rules
 *    change, is dropped.
 */
export interface AnswerCache {
  get(tenant: string, digest: string): Promise<string | undefined>;
  put(tenant: string, digest: string, json: string, ttlMs: number): Promise<void>;
  drop(tenant: string, digest: string): Promise<void>;
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
      const place: Place = { cache, wish, digest: questionDigest(first, request) };
      const kept = await lookedUp(place);
      if (kept !== undefined && !signal.aborted) {
        observer.onText(kept.content);
        return { kind: 'answered', answer: cachedAnswer(kept, performance.now() - beganMs, place) };
      }
      const outcome = await client.answer(chain, request, observer, signal);
      if (outcome.kind !== 'answered' || !isKept(outcome.answer, first)) return outcome;
      return { kind: 'answered', answer: { ...outcome.answer, onJudged: keeper(place, outcome.answer) } };
    },
  };
}

/** Where an answer to a question would lie. */
interface Place {
  readonly cache: AnswerCache;
  readonly wish: CacheWish;
  readonly digest: string;
}

const nothing = (): void => undefined;

/** K5. Nobody waits for it. */
const keeper =
  ({ cache, wish: { tenant, ttlMs }, digest }: Place, { message, model }: ModelAnswer) =>
  (isAccepted: boolean): void => {
    if (!isAccepted) return;
    const json = JSON.stringify({ content: message.content, model });
    void cache.put(tenant, digest, json, ttlMs).catch(nothing);
  };

/** K5 */
const dropper =
  ({ cache, wish: { tenant }, digest }: Place) =>
  (isAccepted: boolean): void => {
    if (!isAccepted) void cache.drop(tenant, digest).catch(nothing);
  };

type Kept = z.infer<typeof keptSchema>;

async function lookedUp({ cache, wish, digest }: Place): Promise<Kept | undefined> {
  try {
    const json = await cache.get(wish.tenant, digest);
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

const cachedAnswer = ({ content, model }: Kept, tookMs: number, place: Place): ModelAnswer => ({
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
  onJudged: dropper(place),
});
