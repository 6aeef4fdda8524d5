import type { Transform } from 'node:stream';
import type { Dispatcher } from 'undici';
import { contentDecoder } from './content-decoder';
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

type Controller = Dispatcher.DispatchController;

const drainTimeoutMs = 1_000;
const ended: ExchangeEnd = { kind: 'ended' };
const calledOff = (): Error => new Error('the exchange is over');

/** One request and its response, within limits. Rejects only with what the reader throws. */
export async function exchange(
  dispatcher: Dispatcher,
  request: ExchangeRequest,
  reader: ResponseReader,
  { limits, signal }: { readonly limits: ExchangeLimits; readonly signal: AbortSignal },
): Promise<ExchangeEnd> {
  if (signal.aborted) return { kind: 'stopped', reason: 'aborted' };
  const { method, url, headers, body = null } = request;
  const running = new Exchange(reader, limits, signal);
  const options = { method, origin: url.origin, path: url.pathname + url.search, headers, body };
  try {
    dispatcher.dispatch(options, running);
  } catch (error) {
    running.onResponseError(null, error);
  }
  try {
    return await running.end;
  } finally {
    running.close();
  }
}

/**
 * What undici tells of one request, without the stream that its `request` puts between: a response is read as its bytes arrive. Invariants:
 *
 * X1 `end` settles once, with what came first; the reader hears nothing after that.
 * X2 Nothing is called off from within undici's parser, which goes through the bytes that it has first: `close` does that.
 * X3 A response that has said all that matters passes for a second, so that its connection can be used again. Any other that is not over
 *    takes its connection with it, also one that is still being made.
 */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #settled = Promise.withResolvers<ExchangeEnd>();
  readonly #watch: Stopwatch;
  #controller: Controller | undefined;
  #decoder: Transform | undefined;
  #drain: NodeJS.Timeout | undefined;
  #hasBegun = false;
  #isSettled = false;
  #hasEnded = false;
  /** The connection is done with it. */
  #isOver = false;

  constructor(
    private readonly reader: ResponseReader,
    limits: ExchangeLimits,
    signal: AbortSignal,
  ) {
    this.#watch = new Stopwatch(limits, signal, (reason) => {
      this.#settle({ kind: 'stopped', reason, cause: new Error(reason) });
    });
  }

  get end(): Promise<ExchangeEnd> {
    return this.#settled.promise;
  }

  /** To be called once `end` has settled. */
  close(): void {
    this.#watch.close();
    this.#decoder?.destroy();
    const controller = this.#controller;
    if (this.#isOver || controller === undefined) return;
    if (!this.#hasEnded) return controller.abort(calledOff());
    this.#drain = setTimeout(() => {
      controller.abort(calledOff());
    }, drainTimeoutMs).unref();
    controller.resume();
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    if (this.#isSettled) controller.abort(calledOff());
  }

  onResponseStart(_controller: Controller, status: number, headers: ResponseHead['headers']): void {
    if (this.#isSettled || status < 200) return;
    this.#hasBegun = true;
    const decoder = contentDecoder(headers['content-encoding']);
    if (decoder !== undefined) this.#decodeWith(decoder);
    try {
      this.reader.onHead({ status, headers });
    } catch (error) {
      this.#fail(error);
    }
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.#isSettled) return;
    if (this.#decoder === undefined) this.#take(chunk);
    else if (!this.#decoder.write(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.#over();
    if (this.#isSettled) return;
    if (this.#decoder === undefined) this.#settle(ended);
    else this.#decoder.end();
  }

  onResponseError(_controller: Controller | null, cause: unknown): void {
    this.#over();
    this.#settle({ kind: 'broken', hasBegun: this.#hasBegun, cause });
  }

  #decodeWith(decoder: Transform): void {
    this.#decoder = decoder;
    decoder
      .on('data', (chunk: Buffer) => {
        this.#take(chunk);
      })
      .on('drain', () => this.#controller?.resume())
      .on('end', () => {
        this.#settle(ended);
      })
      .on('error', (cause) => {
        this.#settle({ kind: 'broken', hasBegun: true, cause });
      });
  }

  #take(chunk: Buffer): void {
    this.#watch.received(chunk.length);
    if (this.#isSettled) return;
    try {
      const progress = this.reader.onChunk(chunk);
      this.#watch.progress(progress);
      if (progress === 'done') this.#settle(ended);
    } catch (error) {
      this.#fail(error);
    }
  }

  #settle(end: ExchangeEnd): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#hasEnded = end.kind === 'ended';
    this.#settled.resolve(end);
  }

  #fail(error: unknown): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#settled.reject(error instanceof Error ? error : new Error('the reader threw', { cause: error }));
  }

  #over(): void {
    this.#isOver = true;
    clearTimeout(this.#drain);
  }
}
