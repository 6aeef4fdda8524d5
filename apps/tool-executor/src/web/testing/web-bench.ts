import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AddressInfo, type Socket, createServer as createTcpServer } from 'node:net';
import { createServer } from 'node:http';
import { HttpClient } from '@lumina/platform';
import { hostTurns } from '../host-turns';
import { PageReader } from '../page-reader';
import { RobotsRules } from '../robots-rules';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer = (request: SeenRequest, response: ServerResponse) => void;

/** The web of one test: a site on loopback, and what web tools need to reach it. */
export interface WebBench {
  readonly url: string;
  readonly host: string;
  readonly seen: SeenRequest[];
  readonly client: HttpClient;
  readonly pages: PageReader;
  readonly robots: RobotsRules;
  readonly turns: ReturnType<typeof hostTurns>;
  close(): Promise<void>;
}

async function readWhole(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

export async function webBench(answer: Answer, retries = 0): Promise<WebBench> {
  const seen: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    void readWhole(request).then((body) => {
      const { method = '', url = '', headers } = request;
      const one = { method, url, headers, body };
      seen.push(one);
      answer(one, response);
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = new HttpClient({ trusted: [{ host: '127.0.0.1', port }], retries });
  const pages = new PageReader({ timeoutMs: 4_000 });
  return {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    seen,
    client,
    pages,
    robots: new RobotsRules({ client, pages }),
    turns: hostTurns(),
    close: async () => {
      client.close();
      await pages.close();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A listener on loopback that must not be reached. */
export async function forbiddenListener(): Promise<{
  port: number;
  connections: () => number;
  close: () => void;
}> {
  let connections = 0;
  const server = createTcpServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, connections: () => connections, close: () => server.close() };
}

export const sendJson =
  (value: unknown, status = 200): Answer =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  };

export const sendHtml = (response: ServerResponse, html: string, status = 200): void => {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(html);
};
