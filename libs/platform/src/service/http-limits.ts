import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
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
