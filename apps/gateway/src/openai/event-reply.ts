import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';

/** A client that takes nothing for so long is let go; it can come back. */
const stuckAfterMs = 60_000;

/** Server-sent events as OpenAI's API sends them: ordered, and no faster than the client reads. */
export class EventReply {
  private readonly raw: ServerResponse;
  private readonly gone = new AbortController();

  constructor(reply: FastifyReply, headers: Readonly<Record<string, string>>) {
    reply.hijack();
    this.raw = reply.raw;
    this.raw.on('close', () => this.gone.abort());
    this.raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      ...headers,
    });
    this.raw.flushHeaders();
  }

  /** Aborted when the client has gone. */
  get signal(): AbortSignal {
    return this.gone.signal;
  }

  async event(type: string, data: unknown): Promise<void> {
    await this.write(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** @param text as it stands behind `data:` */
  async data(text: string): Promise<void> {
    await this.write(`data: ${text}\n\n`);
  }

  /** For clients and proxies that give up on silence. */
  async comment(): Promise<void> {
    await this.write(': waiting\n\n');
  }

  end(): void {
    this.raw.end();
  }

  /** The client learns that this was not the end: to it, a stream that closes in order is complete. */
  breakOff(): void {
    this.raw.destroy();
  }

  private async write(text: string): Promise<void> {
    if (this.signal.aborted || this.raw.write(text)) return;
    const limit = AbortSignal.any([this.signal, AbortSignal.timeout(stuckAfterMs)]);
    await once(this.raw, 'drain', { signal: limit }).catch(() => {
      this.raw.destroy();
    });
  }
}
