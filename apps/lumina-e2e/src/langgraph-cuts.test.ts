import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client } from '@langchain/langgraph-sdk';
import { Client as OldClient } from 'langgraph-sdk-2';
import { said } from './conversation';
import { CuttingProxy } from './cutting-proxy';
import { LangGraphStack } from './langgraph-stack';

jest.setTimeout(120_000);

const streamMode = ['values', 'updates', 'messages-tuple'] as ('values' | 'updates' | 'messages-tuple')[];
type Part = { readonly id?: string | undefined; readonly event: string; readonly data: unknown };

let lumina: LangGraphStack;
beforeAll(async () => {
  lumina = await LangGraphStack.start();
});
afterAll(() => lumina.stop());

const clients: readonly (readonly [string, (apiUrl: string, apiKey: string) => Client])[] = [
  ['1.15.0', (apiUrl, apiKey) => new Client({ apiUrl, apiKey })],
  ['2.0.0', (apiUrl, apiKey) => new OldClient({ apiUrl, apiKey }) as unknown as Client],
];

describe.each(clients)('@langchain/langgraph-sdk %s', (_version, open) => {
  /** The parts of one run, streamed through a network that breaks after so many frames; and the same run as it was. */
  async function streamed(cutAfter: number | undefined) {
    let cuts = 0;
    const proxy = await CuttingProxy.start(lumina.url, (method, path) => {
      const isFirst = method === 'POST' && path.endsWith('/runs/stream');
      if (isFirst && cutAfter !== undefined) cuts += 1;
      return isFirst ? cutAfter : undefined;
    });
    try {
      const client = open(proxy.url, lumina.key);
      const { thread_id: thread } = await client.threads.create();
      const parts: Part[] = [];
      let run = '';
      for await (const part of client.runs.stream(thread, 'lumina', {
        input: said('recite'),
        streamMode,
        streamResumable: true,
        onRunCreated: ({ run_id: id }) => (run = id),
      }))
        parts.push(part);
      const whole: Part[] = [];
      const direct = open(lumina.url, lumina.key);
      for await (const part of direct.runs.joinStream(thread, run, { streamMode })) whole.push(part);
      return { parts, whole, cuts };
    } finally {
      await proxy.stop();
    }
  }

  it('reads a stream that breaks after any frame without a gap and without a repeat', async () => {
    const { parts, whole } = await streamed(undefined);
    expect(parts).toEqual(whole);
    expect(whole.length).toBeGreaterThan(8);
    const frames = whole.map((_part, index) => index + 1);
    const broken = await Promise.all(frames.slice(0, -1).map((cut) => streamed(cut)));
    for (const { parts: read, whole: all, cuts } of broken) {
      expect(cuts).toBe(1);
      expect(read).toEqual(all);
      expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
      expect(all.at(-1)?.event).toBe('end');
    }
  });
});
