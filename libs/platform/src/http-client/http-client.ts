import { Readable } from 'node:stream';
import axios, { type AxiosError, type AxiosInstance, type AxiosResponse, isAxiosError } from 'axios';
import axiosRetry from 'axios-retry';
import { AddressGuard, type AddressLookup, type Endpoint, nameServerLookup } from './address-guard';
import { codesOf, failureOf, reasonOf } from './failure-reading';
import { type GuardedAgents, guardedAgents } from './guarded-agents';
import type { HttpFailure, HttpMeasure, HttpOutcome, HttpRequest, HttpResponse } from './http-exchange';
import { headersFor, isRedirect, nextHop, urlFault } from './next-hop';
import { PublicAddresses } from './public-address';
import { acceptedEncodings, readBody } from './response-body';
import { isPassingFault, isPassingStatus, retryAfterMs, retryDelayMs } from './retry-policy';

export interface HttpClientOptions {
  /** Reached although they may not be public: what the operator has configured, such as a search engine of its own. */
  readonly trusted?: readonly Endpoint[];
  /** Networks that are refused beside those that are not public; `isNetwork`. */
  readonly refused?: readonly string[];
  readonly retries?: number;
  readonly userAgent?: string;
  readonly onMeasure?: (measure: HttpMeasure) => void;
  /** For tests: what names mean, and which authority signs certificates. */
  readonly lookup?: AddressLookup;
  readonly ca?: string;
}

const defaults = { timeoutMs: 20_000, maxBytes: 5 * 1024 * 1024, maxRedirects: 5, retries: 2 } as const;
const defaultUserAgent = 'Lumina/0.1';

// A CommonJS module whose default export is a property: TypeScript and Node disagree on what its import is.
const installRetry = (axiosRetry as { default?: typeof axiosRetry }).default ?? axiosRetry;

interface Call {
  readonly request: HttpRequest;
  /** Fires when the caller gives up or the time is up. */
  readonly signal: AbortSignal;
  readonly endsAtMs: number;
  attempts: number;
}

type Sent = { readonly kind: 'sent'; readonly response: AxiosResponse<Readable> } | HttpFailure;

/**
 * The one way out over HTTP. Invariants:
 *
 * H1 Nothing connects to an address that is not public, but to endpoints that the operator trusts (AddressGuard).
 * H2 Certificates are verified and TLS is 1.2 or later, whatever the environment says; no proxy is taken from it.
 * H3 Every call ends by its deadline, and at once when its signal fires; what it held is closed then.
 * H4 Sizes are counted as decompressed.
 * H5 Each redirect is judged like a URL of its own, and carries no header that was meant for another origin.
 * H6 `send` never rejects.
 */
export class HttpClient {
  private readonly agents: GuardedAgents;
  private readonly axios: AxiosInstance;

  constructor(private readonly options: HttpClientOptions = {}) {
    const { trusted = [], refused = [], lookup = nameServerLookup(), ca } = options;
    const guard = new AddressGuard({ addresses: new PublicAddresses(refused), trusted, lookup });
    this.agents = guardedAgents(guard, ca);
    this.axios = axios.create({
      ...this.agents,
      adapter: 'http',
      proxy: false,
      maxRedirects: 0,
      decompress: false,
      responseType: 'stream',
      validateStatus: (status) => !isPassingStatus(status),
      transformRequest: [(data: unknown) => data],
      transformResponse: [(data: unknown) => data],
    });
    installRetry(this.axios, { retries: 0, shouldResetTimeout: true });
  }

  async send(request: HttpRequest): Promise<HttpOutcome> {
    const startedAtMs = performance.now();
    const { signal: outer, timeoutMs = defaults.timeoutMs } = request;
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), timeoutMs);
    const signal = AbortSignal.any([outer, deadline.signal]);
    const call: Call = { request, signal, endsAtMs: startedAtMs + timeoutMs, attempts: 0 };
    try {
      const outcome = await this.follow(call).catch((error: unknown) => this.failed(call, error));
      this.measure(call, outcome, startedAtMs);
      return outcome;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Closes the pooled connections. Calls under way fail. */
  close(): void {
    this.agents.httpAgent.destroy();
    this.agents.httpsAgent.destroy();
  }

  private async follow(call: Call): Promise<HttpOutcome> {
    const { url: first, headers = {}, maxRedirects = defaults.maxRedirects } = call.request;
    const fault = urlFault(first);
    if (fault !== undefined) return failureOf('bad_url', hostOf(first), fault);
    let url = first;
    for (let hops = 0; ; hops++) {
      const sent = await this.attempt(call, url, headersFor(headers, first, url));
      if (sent.kind === 'failed') return sent;
      const { response } = sent;
      if (!isRedirect(response.status) || call.request.method === 'POST')
        return this.read(call, url, response);
      response.data.destroy();
      if (hops >= maxRedirects) return failureOf('too_many_redirects', hostOf(url));
      const hop = nextHop(url, headerOf(response, 'location'));
      if (hop.kind === 'bad') return failureOf('bad_redirect', hostOf(url), hop.message);
      url = hop.url;
    }
  }

  private async attempt(call: Call, url: string, headers: Readonly<Record<string, string>>): Promise<Sent> {
    const { method = 'GET', body } = call.request;
    call.attempts += 1;
    try {
      const response = await this.axios.request<Readable>({
        url,
        method,
        signal: call.signal,
        headers: {
          accept: '*/*',
          'user-agent': this.options.userAgent ?? defaultUserAgent,
          ...headers,
          'accept-encoding': acceptedEncodings,
        },
        'axios-retry': this.retrying(call),
        ...(body === undefined ? {} : { data: body }),
      });
      return { kind: 'sent', response };
    } catch (error) {
      // Tried again in vain: what was answered is the answer.
      if (isAxiosError<Readable>(error) && error.response !== undefined && !call.signal.aborted)
        return { kind: 'sent', response: error.response };
      return this.failed(call, error, url);
    }
  }

  private retrying(call: Call) {
    const { method = 'GET', isIdempotent = method !== 'POST' } = call.request;
    let delayMs: number | undefined;
    return {
      retries: isIdempotent ? (this.options.retries ?? defaults.retries) : 0,
      retryCondition: (error: unknown): boolean => {
        delayMs = delayBeforeNext(call, error);
        return delayMs !== undefined && performance.now() + delayMs < call.endsAtMs;
      },
      retryDelay: () => delayMs ?? 0,
      onRetry: (_count: number, { response }: AxiosError) => {
        if (response?.data instanceof Readable) response.data.destroy();
        call.attempts += 1;
      },
    };
  }

  private async read(call: Call, url: string, response: AxiosResponse<Readable>): Promise<HttpOutcome> {
    const { maxBytes = defaults.maxBytes } = call.request;
    const limits = { maxBytes, signal: call.signal };
    try {
      const body = await readBody(response.data, headerOf(response, 'content-encoding'), limits);
      return { kind: 'answered', status: response.status, headers: headersOf(response), body, url };
    } catch (error) {
      return this.failed(call, error, url);
    }
  }

  private failed(call: Call, error: unknown, url: string = call.request.url): HttpFailure {
    if (call.request.signal.aborted) return failureOf('aborted', hostOf(url));
    if (call.signal.aborted) return failureOf('timeout', hostOf(url));
    return failureOf(reasonOf(error), hostOf(url));
  }

  private measure(call: Call, outcome: HttpOutcome, startedAtMs: number): void {
    const isAnswered = outcome.kind === 'answered';
    this.options.onMeasure?.({
      host: hostOf(isAnswered ? outcome.url : call.request.url),
      outcome: isAnswered ? 'answered' : outcome.reason,
      status: isAnswered ? outcome.status : undefined,
      attempts: call.attempts,
      durationMs: performance.now() - startedAtMs,
      bodyBytes: isAnswered ? outcome.body.length : 0,
    });
  }
}

function delayBeforeNext(call: Call, error: unknown): number | undefined {
  if (call.signal.aborted || !isAxiosError(error)) return undefined;
  const { response } = error;
  const mayPass =
    response === undefined
      ? codesOf(error).some(isPassingFault) && !codesOf(error).includes('LUMINA_REFUSED_ADDRESS')
      : isPassingStatus(response.status);
  const asked = response && retryAfterMs(headerOf(response, 'retry-after'), Date.now());
  return mayPass ? retryDelayMs(call.attempts, asked, Math.random()) : undefined;
}

const hostOf = (url: string): string =>
  URL.canParse(url) && new URL(url).host !== '' ? new URL(url).host : 'this';

function headerOf(response: AxiosResponse, name: string): string | undefined {
  const value: unknown = (response.headers as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : undefined;
}

const headersOf = (response: AxiosResponse): HttpResponse['headers'] =>
  Object.fromEntries(
    Object.entries(response.headers as Record<string, unknown>).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : String(value),
    ]),
  );
