import type { Dispatcher } from 'undici';
import { type ExchangeRequest, type ResponseHead, type ResponseReader, exchange } from '../http/exchange';
import type { ExchangeLimits, Progress } from '../http/stopwatch';
import type { ListOutcome, ModelFailure } from '../provider';
import { breakFailure } from './breaks';
import { type EndpointIdentity, placeOf } from './endpoint-identity';
import { type JsonObject, parseObject } from './json-value';
import { refusalFailure } from './refusals';

const maxListBytes = 4 * 1_048_576;

class TextReader implements ResponseReader {
  head: ResponseHead | undefined;
  readonly #chunks: Buffer[] = [];

  onHead(head: ResponseHead): void {
    this.head = head;
  }

  onChunk(chunk: Buffer): Progress {
    this.#chunks.push(chunk);
    return 'moving';
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}

const failed = (failure: ModelFailure): ListOutcome => ({ kind: 'failed', failure });

export interface Listing {
  readonly identity: EndpointIdentity;
  readonly key: string | undefined;
  readonly timeoutMs: number;
  readonly names: (document: JsonObject) => readonly string[] | undefined;
}

/** GET of the list of models. Servers without such a list answer 404 or 405; those count as a failure like any other. */
export async function listModels(
  dispatcher: Dispatcher,
  request: ExchangeRequest,
  { identity, key, timeoutMs, names }: Listing,
): Promise<ListOutcome> {
  const limits: ExchangeLimits = {
    firstTokenTimeoutMs: timeoutMs,
    idleTimeoutMs: timeoutMs,
    callTimeoutMs: timeoutMs,
    maxBytes: maxListBytes,
  };
  const reader = new TextReader();
  const signal = new AbortController().signal;
  const end = await exchange(dispatcher, request, reader, { limits, signal });
  const model = '*';
  if (end.kind === 'stopped') {
    const message = `${placeOf(identity, model)} did not list its models within ${String(timeoutMs)} ms`;
    return failed({ code: 'LUM_MODEL_UNAVAILABLE', message, remedy: 'retry' });
  }
  if (end.kind !== 'ended') return failed(breakFailure(end, { identity, model, limits }));
  const { status, headers } = reader.head ?? { status: 0, headers: {} };
  if (status !== 200) {
    const refusal = { status, headers, body: reader.text };
    return failed(refusalFailure(refusal, { identity, model, key, epochMs: Date.now() }));
  }
  const document = parseObject(reader.text);
  const listed = document === undefined ? undefined : names(document);
  if (listed !== undefined) return { kind: 'listed', models: listed.filter((name) => name !== '') };
  const message = `${placeOf(identity, model)} lists no models: check the path in ${identity.urlVariable}`;
  return failed({ code: 'LUM_MODEL_REJECTED', message, remedy: 'next-model' });
}
