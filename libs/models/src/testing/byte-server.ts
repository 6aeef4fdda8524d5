import { type IncomingHttpHeaders, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Answers the n-th request (from 0) with exact bytes. */
export type Responder = (
  response: ServerResponse,
  request: ReceivedRequest,
  n: number,
) => void | Promise<void>;

export interface ByteServer {
  /** Without a path. */
  readonly url: string;
  readonly host: string;
  readonly requests: ReceivedRequest[];
  /** TCP connections that clients opened. */
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

/** A provider of a test's own on loopback. */
export async function startByteServer(respond: Responder): Promise<ByteServer> {
  const requests: ReceivedRequest[] = [];
  let connections = 0;
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const request = {
        method: incoming.method ?? '',
        path: incoming.url ?? '',
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      requests.push(request);
      void respond(response, request, requests.length - 1);
    });
  });
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });
  return { url: `http://${host}`, host, requests, connections: () => connections, close };
}

export const sse = (...events: readonly (object | string)[]): string =>
  events.map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`).join('');

export const delta = (content: object, finish: string | null = null): object => ({
  id: 'chatcmpl-1',
  choices: [{ index: 0, delta: content, finish_reason: finish }],
});

export const say = (text: string): object => delta({ content: text });
export const finish = (reason = 'stop'): object => delta({}, reason);
export const usage = (input: number, output: number): object => ({
  choices: [],
  usage: { prompt_tokens: input, completion_tokens: output },
});

export const streamHeaders = { 'content-type': 'text/event-stream' } as const;

/** Sends the events and ends properly. */
export function stream(response: ServerResponse, ...events: readonly (object | string)[]): void {
  response.writeHead(200, streamHeaders).end(sse(...events, '[DONE]'));
}

export function json(response: ServerResponse, status: number, body: unknown, headers: object = {}): void {
  response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(typeof body === 'string' ? body : JSON.stringify(body));
}
