import type { Dispatcher } from 'undici';
import { type ExchangeEnd, type ExchangeRequest, exchange } from '../http/exchange';
import type { ExchangeLimits } from '../http/stopwatch';
import type { ModelRequest } from '../model-client';
import type { AskOutcome, ListOutcome, ModelFailure, ModelProvider, Reply } from '../provider';
import { askedCharacters, takenIds } from './asked-characters';
import { endpoint } from './base-url';
import { breakFailure } from './breaks';
import type { Dialect } from './dialect';
import { type EndpointIdentity, placeOf } from './endpoint-identity';
import type { JsonObject } from './json-value';
import type { KeyRing } from './key-ring';
import { listModels } from './model-list';
import { refusalFailure } from './refusals';
import { type ReplyEnd, ReplyReader } from './reply-reader';

export interface EndpointOptions {
  readonly id: string;
  readonly baseUrl: string;
  readonly keys: KeyRing;
  readonly keyVariable?: string;
  readonly urlVariable: string;
  readonly dispatcher: Dispatcher;
  readonly limits: ExchangeLimits;
}

function headersFor(dialect: Dialect, key: string | undefined): Record<string, string> {
  return {
    'user-agent': 'lumina',
    'accept-encoding': 'identity',
    ...dialect.headers,
    ...(key === undefined ? {} : dialect.keyHeaders(key)),
  };
}

interface Heard {
  readonly end: ExchangeEnd;
  readonly replyEnd: ReplyEnd;
  readonly reader: ReplyReader;
}

const isRefusedKey = ({ replyEnd }: Heard): boolean =>
  replyEnd.kind === 'refused' && (replyEnd.status === 401 || replyEnd.status === 403);

/** A provider at one address, in one dialect. */
export class EndpointProvider implements ModelProvider {
  readonly id: string;
  private readonly base: URL;
  private readonly askUrl: URL;
  private readonly identity: EndpointIdentity;

  constructor(
    private readonly dialect: Dialect,
    private readonly options: EndpointOptions,
  ) {
    const { id, urlVariable, keyVariable } = options;
    this.id = id;
    this.base = dialect.root(options.baseUrl);
    this.askUrl = endpoint(this.base, dialect.askPath);
    this.identity = { provider: id, host: this.base.host, urlVariable, keyVariable };
  }

  get hasKeys(): boolean {
    return this.options.keys.all().length > 0;
  }

  async ask(
    model: string,
    request: ModelRequest,
    onText: (text: string) => void,
    signal: AbortSignal,
  ): Promise<AskOutcome> {
    const body = this.dialect.body(model, request, this.base);
    const startedAtMs = performance.now();
    const { answer: heard, key } = await this.options.keys.tryEach(
      (candidate) => this.hear({ body, traceparent: request.traceparent }, candidate, { onText, signal }),
      isRefusedKey,
    );
    const { end, reader } = heard;
    if (end.kind === 'stopped' && end.reason === 'aborted') return { kind: 'aborted' };
    const failure = this.failureOf(model, key, heard);
    if (failure !== undefined) {
      return { kind: 'failed', failure: { ...failure, ...spentOn(reader, request) } };
    }
    return { kind: 'replied', reply: this.replyOf(reader, request, startedAtMs) };
  }

  async list(timeoutMs: number): Promise<ListOutcome> {
    const isRefused = (listed: ListOutcome): boolean =>
      listed.kind === 'failed' && listed.failure.isKeyRefused === true;
    return (await this.options.keys.tryEach((key) => this.listWith(key, timeoutMs), isRefused)).answer;
  }

  checkKeys(timeoutMs: number): Promise<readonly ListOutcome[]> {
    const all = this.options.keys.all();
    return Promise.all((all.length === 0 ? [undefined] : all).map((key) => this.listWith(key, timeoutMs)));
  }

  private async hear(
    { body, traceparent }: { body: string; traceparent: string | undefined },
    key: string | undefined,
    { onText, signal }: { onText: (text: string) => void; signal: AbortSignal },
  ): Promise<Heard> {
    const { dispatcher, limits } = this.options;
    const json = { 'content-type': 'application/json', accept: 'text/event-stream' };
    const trace = traceparent === undefined ? {} : { traceparent };
    const headers = { ...headersFor(this.dialect, key), ...json, ...trace };
    const post: ExchangeRequest = { method: 'POST', url: this.askUrl, headers, body };
    const reader = new ReplyReader(this.dialect, onText, () => performance.now());
    const end = await exchange(dispatcher, post, reader, { limits, signal });
    return { end, replyEnd: reader.end(end.kind !== 'ended'), reader };
  }

  private failureOf(
    model: string,
    key: string | undefined,
    { end, replyEnd, reader }: Heard,
  ): ModelFailure | undefined {
    const { identity } = this;
    const place = placeOf(identity, model);
    if (replyEnd.kind === 'complete') return undefined;
    if (replyEnd.kind === 'refused') {
      const headers = reader.head?.headers ?? {};
      return refusalFailure({ ...replyEnd, headers }, { identity, model, key, epochMs: Date.now() });
    }
    if (end.kind !== 'ended') return breakFailure(end, { identity, model, limits: this.options.limits });
    if (replyEnd.kind === 'foreign') {
      const message = `${place} answered with something that is no model's answer: check the path in ${identity.urlVariable}`;
      return { code: 'LUM_MODEL_REJECTED', message, remedy: 'next-model' };
    }
    const message = `${place} broke off its answer: ${replyEnd.what}`;
    return { code: 'LUM_MODEL_UNAVAILABLE', message, remedy: 'retry' };
  }

  private replyOf(reader: ReplyReader, request: ModelRequest, startedAtMs: number): Reply {
    const endedAtMs = performance.now();
    const header = reader.head?.headers[this.dialect.requestIdHeader];
    const requestId = typeof header === 'string' && header !== '' ? header : reader.draft.id;
    return {
      ...reader.draft.message(() => takenIds(request)),
      ...reader.draft.usage(() => askedCharacters(request)),
      finishReason: reader.draft.finishReason,
      ...(requestId === undefined ? {} : { requestId }),
      durationMs: endedAtMs - startedAtMs,
      timeToFirstTokenMs: (reader.firstTokenAtMs ?? endedAtMs) - startedAtMs,
    };
  }

  private listWith(key: string | undefined, timeoutMs: number): Promise<ListOutcome> {
    const { dialect, identity, base } = this;
    const url = endpoint(base, dialect.listPath);
    const get: ExchangeRequest = { method: 'GET', url, headers: headersFor(dialect, key) };
    const names = (document: JsonObject): readonly string[] | undefined => dialect.names(document);
    return listModels(this.options.dispatcher, get, { identity, key, timeoutMs, names });
  }
}

/** What the provider has charged for an answer that broke off: at least what it said by then. */
function spentOn({ draft }: ReplyReader, request: ModelRequest): Pick<ModelFailure, 'spent'> {
  return draft.hasOutput ? { spent: draft.usage(() => askedCharacters(request)).usage } : {};
}
