import { type Readable, pipeline } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { type ExchangeLimits, type Progress, type StopReason, Stopwatch } from './stopwatch';

export interface ExchangeRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface ResponseHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Takes a response as it arrives. `done` ends the exchange without waiting for the connection. */
export interface ResponseReader {
  onHead(head: ResponseHead): void;
  onChunk(chunk: Buffer): Progress;
}

export type ExchangeEnd =
  | { readonly kind: 'ended' }
  | { readonly kind: 'stopped'; readonly reason: StopReason; readonly cause?: unknown }
  /** `hasBegun`: the response had. */
  | { readonly kind: 'broken'; readonly hasBegun: boolean; readonly cause: unknown };

const drainTimeoutMs = 1_000;

const decoders: Readonly<Record<string, () => NodeJS.ReadWriteStream & Readable>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** We ask for identity; some proxies compress all the same. */
function decoded(body: Readable, encoding: string | string[] | undefined): Readable {
  const name = String(encoding ?? 'identity').toLowerCase();
  const create = Object.hasOwn(decoders, name) ? decoders[name] : undefined;
  if (create === undefined) return body;
  // Errors of either end surface on the stream that is returned.
  return pipeline(body, create(), () => undefined);
}

/** Lets the rest of a finished response pass, so that its connection can be used again. */
function drain(body: Readable): void {
  const timer = setTimeout(() => {
    body.destroy();
  }, drainTimeoutMs);
  timer.unref();
  body.once('close', () => {
    clearTimeout(timer);
  });
  body.resume();
}

type BodyEnd = { readonly kind: 'ended' } | { readonly kind: 'error'; readonly error: unknown };

/** Rejects only with what the reader throws. */
function readBody(body: Readable, reader: ResponseReader, watch: Stopwatch): Promise<BodyEnd> {
  return new Promise((resolve, reject) => {
    const onData = (chunk: Buffer): void => {
      watch.received(chunk.length);
      if (watch.stopped !== undefined) return;
      try {
        const progress = reader.onChunk(chunk);
        watch.progress(progress);
        if (progress !== 'done') return;
        body.off('data', onData);
        drain(body);
        resolve({ kind: 'ended' });
      } catch (error) {
        body.off('data', onData);
        body.destroy();
        reject(error instanceof Error ? error : new Error('the reader threw', { cause: error }));
      }
    };
    body.on('data', onData);
    body.on('error', (error) => {
      resolve({ kind: 'error', error });
    });
    body.once('end', () => {
      resolve({ kind: 'ended' });
    });
    body.once('close', () => {
      resolve({ kind: 'error', error: new Error('the connection closed') });
    });
    // A decoder may hold much that its connection is already done with.
    watch.signal.addEventListener('abort', () => body.destroy());
  });
}

function endOf(watch: Stopwatch, hasBegun: boolean, cause: unknown): ExchangeEnd {
  if (watch.stopped !== undefined) return { kind: 'stopped', reason: watch.stopped, cause };
  return { kind: 'broken', hasBegun, cause };
}

/** One request and its response, within limits. Rejects only with what the reader throws. */
export async function exchange(
  dispatcher: Dispatcher,
  request: ExchangeRequest,
  reader: ResponseReader,
  { limits, signal }: { readonly limits: ExchangeLimits; readonly signal: AbortSignal },
): Promise<ExchangeEnd> {
  const watch = new Stopwatch(limits, signal);
  try {
    const response = await dispatcher
      .request({
        method: request.method,
        origin: request.url.origin,
        path: request.url.pathname + request.url.search,
        headers: request.headers,
        body: request.body ?? null,
        signal: watch.signal,
      })
      .catch((error: unknown) => ({ error }));
    if ('error' in response) return endOf(watch, false, response.error);
    const body = decoded(response.body, response.headers['content-encoding']);
    reader.onHead({ status: response.statusCode, headers: response.headers });
    const end = await readBody(body, reader, watch);
    return end.kind === 'ended' ? end : endOf(watch, true, end.error);
  } finally {
    watch.close();
  }
}
