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

/** Lets a stream that begins with one request through, but for so many frames of its first connection. */
function cuttingOnce(isIt: (method: string, path: string) => boolean, frames: number | undefined) {
  const state = { cuts: 0 };
  const cut = (method: string, path: string): number | undefined => {
    if (frames === undefined || state.cuts > 0 || !isIt(method, path)) return undefined;
    state.cuts += 1;
    return frames;
  };
  return { state, cut };
}

const ids = (parts: readonly Part[]) => parts.map(({ id }) => id);

describe.each(clients)('@langchain/langgraph-sdk %s', (_version, open) => {
  const direct = () => open(lumina.url, lumina.key);

  /** The parts of one run, streamed through a network that breaks after so many frames; and the same run as it was. */
  async function streamed(task: string, cutAfter: number | undefined) {
    const { state, cut } = cuttingOnce(
      (method, path) => method === 'POST' && path.endsWith('/runs/stream'),
      cutAfter,
    );
    const proxy = await CuttingProxy.start(lumina.url, cut);
    try {
      const client = open(proxy.url, lumina.key);
      const { thread_id: thread } = await client.threads.create();
      const parts: Part[] = [];
      let run = '';
      for await (const part of client.runs.stream(thread, 'lumina', {
        input: said(task),
        streamMode,
        streamResumable: true,
        onRunCreated: ({ run_id: id }) => (run = id),
      }))
        parts.push(part);
      const whole: Part[] = [];
      for await (const part of direct().runs.joinStream(thread, run, { streamMode })) whole.push(part);
      return { parts, whole, cuts: state.cuts };
    } finally {
      await proxy.stop();
    }
  }

  it.each([
    ['a run', 'recite', 8],
    ['a run that stops to ask a person', 'look around', 4],
  ])(
    'reads the stream of %s that breaks after any frame without a gap and without a repeat',
    async (_what, task, least) => {
      const { parts, whole } = await streamed(task, undefined);
      expect(parts).toEqual(whole);
      expect(whole.length).toBeGreaterThan(least);
      const frames = whole.map((_part, index) => index + 1);
      const broken = await Promise.all(frames.slice(0, -1).map((cut) => streamed(task, cut)));
      for (const { parts: read, whole: all, cuts } of broken) {
        expect(cuts).toBe(1);
        expect(read).toEqual(all);
        expect(all.at(-1)?.event).toBe('end');
        const own = ids(all.slice(0, -1));
        expect(new Set(own).size).toBe(own.length);
      }
    },
  );

  const isDone = ({ event, data }: Part): boolean =>
    event === 'metadata' && (data as { status?: string }).status === 'run_done';
  const threadModes = ['run_modes', 'state_update'] as ('run_modes' | 'state_update')[];

  /** All of a thread's stream, up to when so many runs were done. */
  async function followed(client: Client, thread: string, runs: number): Promise<readonly Part[]> {
    const leaving = new AbortController();
    const parts: Part[] = [];
    const stream = client.threads.joinStream(thread, {
      lastEventId: '-1',
      streamMode: threadModes,
      signal: leaving.signal,
    });
    for await (const part of stream) {
      // The older client makes a part of each heartbeat.
      if (String(part.event) !== '') parts.push(part);
      if (parts.filter(isDone).length === runs) break;
    }
    leaving.abort();
    return parts;
  }

  /** A run, a change of the state, and a run that asks; watched from before it begins by who is cut off once. */
  async function conversation(cutAfter: number | undefined) {
    const { state, cut } = cuttingOnce((_method, path) => /^\/threads\/[^/]+\/stream/.test(path), cutAfter);
    const proxy = await CuttingProxy.start(lumina.url, cut);
    try {
      const client = direct();
      const { thread_id: thread } = await client.threads.create();
      const watching = followed(open(proxy.url, lumina.key), thread, 3);
      await client.runs.join(
        thread,
        (await client.runs.create(thread, 'lumina', { input: said('recite'), streamMode })).run_id,
      );
      await client.threads.updateState(thread, { values: said('by the way') });
      await client.runs.wait(thread, 'lumina', { input: said('look around') });
      const command = { resume: { decisions: [{ type: 'approve' }] } };
      await client.runs.wait(thread, 'lumina', { command });
      return { parts: await watching, whole: await followed(client, thread, 3), cuts: state.cuts };
    } finally {
      await proxy.stop();
    }
  }

  it('reads the stream of a thread that breaks after any frame without a gap and without a repeat', async () => {
    const { parts, whole } = await conversation(undefined);
    expect(parts).toEqual(whole);
    expect(whole.filter(({ event }) => event === 'state_update')).toHaveLength(1);
    expect(whole.length).toBeGreaterThan(16);
    const frames = whole.map((_part, index) => index + 1);
    const broken = await Promise.all(frames.slice(0, -1).map((cut) => conversation(cut)));
    for (const { parts: read, whole: all, cuts } of broken) {
      expect(cuts).toBe(1);
      expect(read).toEqual(all);
      expect(new Set(ids(all)).size).toBe(all.length);
    }
  });
});
