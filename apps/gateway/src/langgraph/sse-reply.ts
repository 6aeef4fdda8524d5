import { once } from 'node:events';
import type { OutgoingHttpHeader, ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import { clientSignal } from '../client-signal';

/** What hooks have set, CORS among it: what is hijacked would leave it out. */
export const headersSoFar = (
  reply: FastifyReply,
): Readonly<Record<string, OutgoingHttpHeader | undefined>> => ({
  ...reply.getHeaders(),
});

/** A client that takes nothing for so long is let go; it can come back with its cursor. */
const stuckAfterMs = 60_000;

/** Server-sent events over Fastify's raw response: ordered, and no faster than the client reads. */
export class SseReply {
  protected readonly raw: ServerResponse;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;

  constructor(
    reply: FastifyReply,
    headers: Readonly<Record<string, string>>,
    private readonly patienceMs = stuckAfterMs,
  ) {
    reply.hijack();
    this.raw = reply.raw;
    this.signal = clientSignal(reply);
    this.raw.writeHead(200, {
      ...headersSoFar(reply),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      ...headers,
    });
    this.raw.flushHeaders();
  }

  async frame(event: string, data: unknown, id?: string): Promise<void> {
    const line = id === undefined ? '' : `id: ${id}\n`;
    await this.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n${line}\n`);
  }

  async heartbeat(): Promise<void> {
    await this.write(': heartbeat\n\n');
  }

  end(): void {
    this.raw.end();
  }

  /** The client learns that this was not the end: to it, a stream that closes in order is complete. */
  breakOff(): void {
    this.raw.destroy();
  }

  protected async write(text: string): Promise<void> {
    if (this.signal.aborted || this.raw.write(text)) return;
    const limit = AbortSignal.any([this.signal, AbortSignal.timeout(this.patienceMs)]);
    await once(this.raw, 'drain', { signal: limit }).catch(() => {
      this.raw.destroy();
    });
  }
}
