import { PassThrough } from 'node:stream';
import type { FastifyReply } from 'fastify';

export interface SseFrame {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: unknown;
}

/** Reads server-sent events as a client would; comments are left out. */
export function readFrames(text: string): readonly SseFrame[] {
  const blocks = text.split('\n\n').filter((block) => block.includes('data: '));
  return blocks.map((block) => {
    const field = (name: string): string | undefined =>
      block
        .split('\n')
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2);
    return {
      id: field('id'),
      event: field('event') ?? '',
      data: JSON.parse(field('data') ?? 'null') as unknown,
    };
  });
}

/** For tests: a reply whose raw response is a stream in memory. */
export function memoryReply(highWaterMark = 1_048_576) {
  const raw = new PassThrough({ highWaterMark });
  const head: { status?: number; headers?: Record<string, string> } = {};
  Object.assign(raw, {
    writeHead: (status: number, headers: Record<string, string>) => Object.assign(head, { status, headers }),
    flushHeaders: () => undefined,
  });
  const reply = { raw, hijack: () => undefined, getHeaders: () => ({}) } as unknown as FastifyReply;
  const text = async (): Promise<string> => {
    const chunks: Buffer[] = [];
    for await (const chunk of raw) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  };
  return { reply, raw, head, text };
}
