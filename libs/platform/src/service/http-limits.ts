import { randomUUID } from 'node:crypto';
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Counter } from 'prom-client';

/** What a service takes from a client. Times in ms; 0 connections: any number. */
export interface HttpLimits {
  readonly bodyBytes: number;
  /** Within this the headers must have come. */
  readonly headersMs?: number;
  /** Within this the whole request must have come, its body included. */
  readonly requestMs?: number;
  /** Within this a client must take something of what has been written to it. */
  readonly answerMs?: number;
  readonly connections?: number;
  readonly connectionsPerAddress?: number;
  /** Answers what the router cannot read; absent: as Fastify does. */
  readonly onUnreadable?: (error: Error, request: FastifyRequest, reply: FastifyReply) => void;
}

const refused = new Counter({
  name: 'lumina_connections_refused_total',
  help: 'Connections that were closed at once: too many of the process, or of one address.',
  labelNames: ['scope'],
});
for (const scope of ['process', 'address']) refused.inc({ scope }, 0);

/** Options of Node's server. How often it looks is part of how late it may be. */
export function serverOptions({ headersMs = 10_000, requestMs = 30_000 }: HttpLimits) {
  return {
    headersTimeout: Math.min(headersMs, requestMs),
    requestTimeout: requestMs,
    connectionsCheckingInterval: Math.max(50, Math.min(1_000, Math.floor(headersMs / 4))),
    maxHeaderSize: 16_384,
  };
}

/** Closes what is too much before a byte of it is read. */
export function capConnections(
  server: Server,
  { connections = 0, connectionsPerAddress = 0 }: HttpLimits,
): void {
  if (connections > 0) server.maxConnections = connections;
  server.on('drop', () => refused.inc({ scope: 'process' }));
  if (connectionsPerAddress === 0) return;
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const count = (open.get(address) ?? 0) + 1;
    open.set(address, count);
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left === 0) open.delete(address);
      else open.set(address, left);
    });
    if (count <= connectionsPerAddress) return;
    refused.inc({ scope: 'address' });
    socket.destroy();
  });
}

interface Taking {
  /** What the client's kernel has been sent of all that was written. */
  readonly takenBytes: number;
  readonly sinceMs: number;
}

const takenBytesOf = ({ socket, writableLength }: ServerResponse): number =>
  (socket?.bytesWritten ?? 0) - writableLength;

/** Lets a client go that asks and then does not take: neither a whole answer nor a stream waits for it in memory for ever. */
export function capAnswers(server: FastifyInstance, { answerMs = 60_000 }: HttpLimits): void {
  const open = new Map<ServerResponse, Taking | undefined>();
  server.addHook('onRequest', (_request, { raw }, done) => {
    open.set(raw, undefined);
    raw.once('close', () => open.delete(raw));
    done();
  });
  const look = (): void => {
    const now = performance.now();
    for (const [raw, before] of open) {
      const takenBytes = takenBytesOf(raw);
      const isTaking = raw.writableLength === 0 || takenBytes !== before?.takenBytes;
      if (isTaking) open.set(raw, { takenBytes, sinceMs: now });
      else if (now - before.sinceMs >= answerMs) raw.destroy();
    }
  };
  const timer = setInterval(look, answerMs / 4).unref();
  server.addHook('onClose', (_instance, done) => {
    clearInterval(timer);
    done();
  });
}

const unreadable: Readonly<Record<string, readonly [status: number, reason: string, detail: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'The request did not come whole in time.'],
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large', 'The headers are larger than is read.'],
};
const noRequest = [400, 'Bad Request', 'What came is no HTTP request.'] as const;

/** Answers what is no request: here nobody knows a route yet, nor whose API it was meant for. */
export function refuseUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, reason, detail] = unreadable[error.code ?? ''] ?? noRequest;
  const code = 'LUM_BAD_REQUEST';
  const id = randomUUID();
  const problem = { type: `urn:lumina:error:${code}`, title: reason, status, detail, code };
  const body = JSON.stringify({ ...problem, instance: `urn:uuid:${id}` });
  const head = [
    `HTTP/1.1 ${status} ${reason}`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${id}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** Of a path that the router cannot read; no hook has run. */
export const refuseUnroutable =
  ({ onUnreadable }: HttpLimits) =>
  (error: Error, request: FastifyRequest, reply: FastifyReply): void => {
    reply.raw.setHeader('x-request-id', request.id);
    if (onUnreadable === undefined) void reply.send(error);
    else onUnreadable(error, request, reply);
  };
