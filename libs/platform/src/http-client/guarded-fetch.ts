import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable, Transform } from 'node:stream';
import { AddressGuard, type AddressLookup, type Endpoint, nameServerLookup } from './address-guard';
import { guardedAgents } from './guarded-agents';
import { urlFault } from './next-hop';
import { PublicAddresses } from './public-address';
import { BodyTooLargeError, UnknownEncodingError } from './response-body';

export interface GuardedFetchOptions {
  /** Reached although they may not be public: what the operator has configured. */
  readonly trusted?: readonly Endpoint[];
  /** Networks that are refused beside those that are not public; `isNetwork`. */
  readonly refused?: readonly string[];
  /** Of one response; a stream of events is such a one and ends there. */
  readonly maxBytes: number;
  /** For a response to begin, and for anything but a GET to be over: a GET may be a stream that lasts. */
  readonly timeoutMs: number;
  readonly userAgent?: string;
  /** For tests: what names mean, and which authority signs certificates. */
  readonly lookup?: AddressLookup;
  readonly ca?: string;
}

export interface GuardedFetch {
  /** @throws Error whose message names no more than the host */
  readonly fetch: (url: string | URL, init?: RequestInit) => Promise<Response>;
  /** Closes the connections that are open. */
  readonly close: () => void;
}

const withoutBody = new Set([101, 204, 205, 304]);

/**
 * A fetch for libraries that bring their own protocol, such as streams of events. H1 and H2 of HttpClient hold for it; it follows no
 * redirect, retries nothing, sends no body but text, and asks for no compression.
 */
export function guardedFetch(options: GuardedFetchOptions): GuardedFetch {
  const { trusted = [], refused = [], lookup = nameServerLookup(), ca } = options;
  const guard = new AddressGuard({ addresses: new PublicAddresses(refused), trusted, lookup });
  const agents = guardedAgents(guard, ca);
  return {
    async fetch(url, init = {}) {
      const target = String(url);
      const fault = urlFault(target);
      if (fault !== undefined) throw new TypeError(`the URL is refused: ${fault}`);
      const agent = target.startsWith('https:') ? agents.httpsAgent : agents.httpAgent;
      return responseOf(await sent(new URL(target), init, { ...options, agent }), options);
    },
    close() {
      agents.httpAgent.destroy();
      agents.httpsAgent.destroy();
    },
  };
}

type Sending = Pick<GuardedFetchOptions, 'timeoutMs' | 'userAgent'> & {
  readonly agent: ReturnType<typeof guardedAgents>['httpAgent' | 'httpsAgent'];
};

/** Resolves with the response when its headers are in. */
function sent(url: URL, init: RequestInit, sending: Sending): Promise<IncomingMessage> {
  const { body, method = 'GET', signal } = init;
  if (body !== undefined && body !== null && typeof body !== 'string')
    throw new TypeError('only text can be sent');
  const headers = new Headers(init.headers);
  headers.set('accept-encoding', 'identity');
  if (!headers.has('user-agent')) headers.set('user-agent', sending.userAgent ?? 'Lumina/0.1');
  const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const asked = start(url, {
      method,
      agent: sending.agent,
      headers: Object.fromEntries(headers),
      ...(signal ? { signal } : {}),
    });
    const late = setTimeout(
      () => asked.destroy(new Error(`no answer within ${sending.timeoutMs} ms`)),
      sending.timeoutMs,
    );
    asked.once('error', (error) => {
      clearTimeout(late);
      reject(error);
    });
    asked.once('response', (response) => {
      if (method === 'GET') clearTimeout(late);
      response.once('close', () => clearTimeout(late));
      resolve(response);
    });
    asked.end(body ?? undefined);
  });
}

function responseOf(message: IncomingMessage, { maxBytes }: GuardedFetchOptions): Response {
  const { statusCode: status = 502, statusMessage: statusText = '', rawHeaders } = message;
  const headers = new Headers();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2)
    headers.append(rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '');
  const encoding = headers.get('content-encoding') ?? 'identity';
  if (withoutBody.has(status) || encoding.toLowerCase() !== 'identity') {
    message.resume();
    if (!withoutBody.has(status)) throw new UnknownEncodingError('an encoding that was not asked for');
    return new Response(null, { status, statusText, headers });
  }
  let readBytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      readBytes += chunk.length;
      if (readBytes > maxBytes) done(new BodyTooLargeError(`more than ${maxBytes} bytes`));
      else done(null, chunk);
    },
  });
  counted.once('close', () => message.destroy());
  message.once('error', (error) => counted.destroy(error));
  message.once('aborted', () => counted.destroy(new Error('the connection broke')));
  message.pipe(counted);
  return new Response(Readable.toWeb(counted) as ReadableStream, { status, statusText, headers });
}
