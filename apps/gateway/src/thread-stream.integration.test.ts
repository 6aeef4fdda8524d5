import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ThrowawayRedis, eventually, startRedis } from '@lumina/testing';
import { GatewayBench, keys } from './testing/gateway-bench';
import { ScriptedWorker } from './testing/scripted-worker';
import { type SseFrame, readFrames } from './testing/sse';

const input = { messages: 'hello' };

describe('the stream of a thread', () => {
  let redis: ThrowawayRedis;
  let gateway: GatewayBench;

  beforeAll(async () => {
    redis = await startRedis();
    gateway = await GatewayBench.start(redis.url);
  });
  afterAll(async () => {
    await gateway.stop();
    await redis.stop();
  });

  const newThread = async (): Promise<string> =>
    String((await gateway.call('POST /threads', { body: {} })).json['thread_id']);

  /** Reads a thread's stream as it comes, from when its headers are there. */
  async function watch(thread: string, query = '', headers: Readonly<Record<string, string>> = {}) {
    const leaving = new AbortController();
    const route = `GET /threads/${thread}/stream${query}`;
    const response = await gateway.fetch(route, { headers, signal: leaving.signal });
    const seen = { text: '' };
    const done = (async () => {
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? [])
        seen.text += decoder.decode(chunk as Uint8Array, { stream: true });
    })().catch(() => undefined);
    const frames = (): readonly SseFrame[] => readFrames(seen.text);
    /** All frames, once there are so many; then it leaves. */
    const first = async (count: number): Promise<readonly SseFrame[]> => {
      await eventually(`${count} frames are read`, () => frames().length >= count);
      leaving.abort();
      await done;
      return frames();
    };
    return { response, frames, first, done, leave: () => leaving.abort() };
  }

  async function begin(thread: string, more: object = {}): Promise<ScriptedWorker> {
    const { json } = await gateway.call(`POST /threads/${thread}/runs`, { body: { input, ...more } });
    return new ScriptedWorker(gateway.store, String(json['run_id']));
  }

  /** Two runs of different modes, and a change of the state between them. */
  async function play(thread: string): Promise<void> {
    const one = await begin(thread, { stream_mode: ['updates', 'messages-tuple'] });
    await one.say('Let me ', 'see.');
    await one.useTools('a');
    await one.succeed('Seen.');
    const values = { messages: [{ role: 'user', content: 'by the way' }] };
    expect((await gateway.call(`POST /threads/${thread}/state`, { body: { values } })).status).toBe(200);
    await (await begin(thread)).succeed('And again.');
  }
  const ofFirst = ['metadata', 'messages', 'messages', 'messages', 'updates', 'messages', 'updates'];
  const played = [...ofFirst, 'messages', 'updates', 'metadata', 'metadata', 'values', 'values', 'metadata'];
  const named = (frames: readonly SseFrame[]) => frames.map(({ event }) => event);

  it('shows every run as it was asked to be shown, while they come', async () => {
    const thread = await newThread();
    const { first } = await watch(thread);
    await play(thread);
    const frames = await first(played.length);
    expect(named(frames)).toEqual(played);
    const runs = new Set(
      frames
        .filter(({ event }) => event === 'metadata')
        .map(({ data }) => (data as { run_id: string }).run_id),
    );
    expect(runs.size).toBe(2);
    expect(frames.at(-1)?.data).toMatchObject({ status: 'run_done' });
    expect(new Set(frames.map(({ id }) => id)).size).toBe(frames.length);
  });

  it('goes on behind any frame, without a gap and without a repeat, in any mode', async () => {
    const thread = await newThread();
    await play(thread);
    const query = '?stream_mode=run_modes&stream_mode=state_update';
    const count = played.length + 1;
    const all = await (await watch(thread, query, { 'last-event-id': '-1' })).first(count);
    expect(named(all)).toEqual(played.toSpliced(10, 0, 'state_update'));
    for (const [index, { id = '' }] of all.slice(0, -1).entries()) {
      const rest = await (await watch(thread, query, { 'last-event-id': id })).first(count - index - 1);
      expect(rest).toEqual(all.slice(index + 1));
    }
    const lifecycle = await watch(thread, '?stream_mode=lifecycle&stream_mode=["lifecycle"]', {
      'last-event-id': all[3]?.id ?? '',
    });
    expect(await lifecycle.first(3)).toEqual(all.slice(4).filter(({ event }) => event === 'metadata'));
  });

  it('tells what clients change in the state', async () => {
    const thread = await newThread();
    await play(thread);
    const [change] = await (
      await watch(thread, '?stream_mode=state_update', { 'last-event-id': '-1' })
    ).first(1);
    expect(change).toMatchObject({
      event: 'state_update',
      data: { thread_id: thread, state: { metadata: { source: 'update' } } },
    });
    const { messages } = (change?.data as { state: { values: { messages: { content: string }[] } } }).state
      .values;
    expect(messages.map(({ content }) => content)).toEqual([
      'hello',
      '',
      'content of a',
      'Seen.',
      'by the way',
    ]);
  });

  it('begins with what is under way, for who says nothing', async () => {
    const thread = await newThread();
    await (await begin(thread)).succeed('Long ago.');
    const worker = await begin(thread);
    await worker.say('Now ');
    const { frames, first } = await watch(thread);
    await eventually('the beginning is read', () => frames().length === 2);
    await worker.succeed('Now it is.');
    const all = await first(4);
    expect(named(all)).toEqual(['metadata', 'values', 'values', 'metadata']);
    expect(all[0]?.data).toMatchObject({ run_id: worker.run });
  });

  it('says where to come back to, for who has not got a frame yet', async () => {
    const thread = await newThread();
    const { response, leave } = await watch(thread);
    leave();
    const location = response.headers.get('location') ?? '';
    await (await begin(thread)).succeed('Meanwhile.');
    const [path = '', query = ''] = location.split('?');
    expect(path).toBe(`/threads/${thread}/stream`);
    expect(named(await (await watch(thread, `?${query}`)).first(4))).toEqual([
      'metadata',
      'values',
      'values',
      'metadata',
    ]);
  });

  it('has what was cancelled while it waited, once', async () => {
    const thread = await newThread();
    const one = await begin(thread);
    const waiting = await begin(thread);
    await gateway.call(`POST /threads/${thread}/runs/${waiting.run}/cancel`);
    await one.succeed('First.');
    const frames = await (await watch(thread, '', { 'last-event-id': '-1' })).first(6);
    expect(named(frames)).toEqual(['metadata', 'values', 'values', 'metadata', 'error', 'metadata']);
    const rest = await (await watch(thread, '', { 'last-event-id': frames[3]?.id ?? '' })).first(2);
    expect(rest).toEqual(frames.slice(4));
    const { frames: later, leave } = await watch(thread, '', { 'last-event-id': frames[5]?.id ?? '' });
    await (await begin(thread)).succeed('Next.');
    await eventually('the next run is read', () => later().length >= 4);
    expect(named(later())).toEqual(['metadata', 'values', 'values', 'metadata']);
    leave();
  });

  it('ends when its thread is removed', async () => {
    const thread = await newThread();
    const { done } = await watch(thread);
    await gateway.call(`DELETE /threads/${thread}`);
    await done;
  });

  it.each([
    ['?stream_mode=values', {}, 422],
    ['', { 'last-event-id': 'not-a-cursor' }, 410],
    ['', { 'last-event-id': '99-1-0' }, 410],
  ] as const)('refuses what it cannot show: %s %j', async (query, headers, status) => {
    const thread = await newThread();
    expect((await gateway.call(`GET /threads/${thread}/stream${query}`, { headers })).status).toBe(status);
  });

  it('is of its tenant alone', async () => {
    const thread = await newThread();
    expect((await gateway.call(`GET /threads/${thread}/stream`, { key: keys.rival })).status).toBe(404);
    expect((await gateway.call(`GET /threads/${thread}/stream`, { key: keys.writer })).status).toBe(403);
  });
});
