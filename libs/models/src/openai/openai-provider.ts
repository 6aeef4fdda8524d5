import type { Dispatcher } from 'undici';
import { type ExchangeEnd, type ExchangeRequest, exchange } from '../http/exchange';
import type { ExchangeLimits } from '../http/stopwatch';
import type { ModelRequest } from '../model-client';
import type { AskOutcome, ListOutcome, ModelFailure, ModelProvider, Reply } from '../provider';
import { endpoint, normalBaseUrl } from './base-url';
import { breakFailure } from './breaks';
import { type ChatDialect, chatRequestBody } from './chat-request';
import { type EndpointIdentity, placeOf } from './endpoint-identity';
import { listModels } from './model-list';
import { refusalFailure } from './refusals';
import { type ReplyEnd, ReplyReader } from './reply-reader';

export interface OpenAiProviderOptions {
  readonly id: string;
  readonly baseUrl: string;
  /** Asked anew for each request, so that a rotated key is used at once. */
  readonly apiKey: () => string | undefined;
  readonly keyVariable?: string;
  readonly urlVariable: string;
  readonly dispatcher: Dispatcher;
  readonly limits: ExchangeLimits;
}

const openAiHost = 'api.openai.com';

const headersFor = (key: string | undefined): Record<string, string> => ({
  'user-agent': 'lumina',
  'accept-encoding': 'identity',
  ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
});

const takenIds = ({ messages }: ModelRequest): ReadonlySet<string> =>
  new Set(
    messages.flatMap((message) =>
      message.role === 'assistant' ? message.toolCalls.map(({ id }) => id) : [],
    ),
  );

function promptCharacters(request: ModelRequest): number {
  const messages = request.messages.reduce((sum, message) => {
    const calls = message.role === 'assistant' ? JSON.stringify(message.toolCalls).length : 0;
    return sum + message.content.length + calls;
  }, 0);
  return request.system.length + messages + JSON.stringify(request.tools).length;
}

function replyOf(
  reader: ReplyReader,
  request: ModelRequest,
  { startedAtMs, endedAtMs }: { startedAtMs: number; endedAtMs: number },
): Reply {
  const header = reader.head?.headers['x-request-id'];
  const requestId = typeof header === 'string' && header !== '' ? header : reader.fold.id;
  return {
    ...reader.fold.message(takenIds(request)),
    ...reader.fold.usage(() => promptCharacters(request)),
    finishReason: reader.fold.finishReason,
    ...(requestId === undefined ? {} : { requestId }),
    durationMs: endedAtMs - startedAtMs,
    timeToFirstTokenMs: (reader.firstTokenAtMs ?? endedAtMs) - startedAtMs,
  };
}

/** Anything that speaks OpenAI's chat completions: OpenAI itself, vLLM, LiteLLM, Ollama, the simulated model … */
export function openAiProvider(options: OpenAiProviderOptions): ModelProvider {
  const { id, dispatcher, limits, urlVariable, keyVariable } = options;
  const base = normalBaseUrl(options.baseUrl);
  const identity: EndpointIdentity = { provider: id, host: base.host, urlVariable, keyVariable };
  const dialect: ChatDialect = {
    outputLimitField: base.hostname === openAiHost ? 'max_completion_tokens' : 'max_tokens',
  };

  const failureOf = (
    model: string,
    key: string | undefined,
    { end, replyEnd, reader }: { end: ExchangeEnd; replyEnd: ReplyEnd; reader: ReplyReader },
  ): ModelFailure | undefined => {
    const place = placeOf(identity, model);
    if (replyEnd.kind === 'complete') return undefined;
    if (replyEnd.kind === 'refused') {
      const headers = reader.head?.headers ?? {};
      return refusalFailure({ ...replyEnd, headers }, { identity, model, key, epochMs: Date.now() });
    }
    if (end.kind !== 'ended') return breakFailure(end, { identity, model, limits });
    if (replyEnd.kind === 'foreign') {
      const message = `${place} answered with something that is no model's answer: check the path in ${urlVariable}`;
      return { code: 'LUM_MODEL_REJECTED', message, remedy: 'next-model' };
    }
    const message = `${place} broke off its answer: ${replyEnd.what}`;
    return { code: 'LUM_MODEL_UNAVAILABLE', message, remedy: 'retry' };
  };

  const ask: ModelProvider['ask'] = async (model, request, onText, signal): Promise<AskOutcome> => {
    const key = options.apiKey();
    const post: ExchangeRequest = {
      method: 'POST',
      url: endpoint(base, 'chat/completions'),
      headers: { ...headersFor(key), 'content-type': 'application/json', accept: 'text/event-stream' },
      body: chatRequestBody(model, request, dialect),
    };
    const startedAtMs = performance.now();
    const reader = new ReplyReader(onText, () => performance.now());
    const end = await exchange(dispatcher, post, reader, { limits, signal });
    if (end.kind === 'stopped' && end.reason === 'aborted') return { kind: 'aborted' };
    const replyEnd = reader.end(end.kind !== 'ended');
    const failure = failureOf(model, key, { end, replyEnd, reader });
    if (failure !== undefined) return { kind: 'failed', failure };
    return {
      kind: 'replied',
      reply: replyOf(reader, request, { startedAtMs, endedAtMs: performance.now() }),
    };
  };

  const list = (timeoutMs: number): Promise<ListOutcome> => {
    const key = options.apiKey();
    const get: ExchangeRequest = { method: 'GET', url: endpoint(base, 'models'), headers: headersFor(key) };
    return listModels(dispatcher, get, { identity, key, timeoutMs });
  };

  return { id, ask, list };
}
