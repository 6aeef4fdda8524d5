import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ThrowawayRedis, eventually, freePort, startRedis } from '@lumina/testing';
import { GatewayBench, keys } from './testing/gateway-bench';
import { ScriptedWorker } from './testing/scripted-worker';
import { readFrames } from './testing/sse';

const input = { messages: 'hello' };
const modes = ['values', 'updates', 'messages-tuple'];

describe('streams of the gateway', () => {
  let directory: string;
  let port: number;
  let redis: ThrowawayRedis;
  let gateway: GatewayBench;

  const startAgain = (): Promise<ThrowawayRedis> =>
    startRedis(['--port', String(port), '--dir', directory, '--appendonly', 'yes']);

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'lumina-gateway-'));
    port = await freePort();
    redis = await startAgain();
    gateway = await GatewayBench.start(`redis://127.0.0.1:${port}/0`, { LUMINA_STORE_DEADLINE: '500ms' });
  });
  afterAll(async () => {
    await gateway.stop();
    await redis.stop();
    await rm(directory, { recursive: true, force: true });
  });

  async function begin(): Promise<{ path: string; worker: ScriptedWorker }> {
    const { json } = await gateway.call('POST /threads', { body: {} });
    const runs = `/threads/${String(json['thread_id'])}/runs`;
    const created = await gateway.call(`POST ${runs}`, { body: { input } });
    const run = String(created.json['run_id']);
    return { path: `${runs}/${run}/stream`, worker: new ScriptedWorker(gateway.store, run) };
  }

  /** Reads a stream as it comes. */
  async function watch(path: string, signal?: AbortSignal) {
    const response = await gateway.fetch(
      `GET ${path}?stream_mode=${modes.join(',')}`,
      signal === undefined ? {} : { signal },
    );
    const seen = { text: '' };
    const done = (async () => {
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? [])
        seen.text += decoder.decode(chunk as Uint8Array, { stream: true });
    })();
    return { seen, done };
  }

  const play = async (worker: ScriptedWorker): Promise<void> => {
    await worker.say('Let me ', 'see.');
    await worker.useTools('a', 'b');
    await worker.say('It says ');
    await worker.say('hello.');
    await worker.succeed('It says hello.');
  };

  it('shows a run that is started from its beginning to its end', async () => {
    const { json } = await gateway.call('POST /threads', { body: {} });
    const thread = String(json['thread_id']);
    const streaming = gateway.fetch(`POST /threads/${thread}/runs/stream`, {
      body: { input, stream_mode: modes },
    });
    const [run] = await eventually('the run is there', async () => {
      const runs = await gateway.store.runsOfThread(thread);
      return runs.length > 0 ? runs : undefined;
    });
    const response = await streaming;
    expect(response.headers.get('content-location')).toBe(`/threads/${thread}/runs/${String(run)}`);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    await play(new ScriptedWorker(gateway.store, String(run)));
    const frames = readFrames(await response.text());
    expect(frames[0]).toMatchObject({ event: 'metadata', data: { run_id: run } });
    expect(frames.at(-1)).toMatchObject({ event: 'end' });
    const words = frames.flatMap(({ event, data }) =>
      event === 'messages' ? [(data as [{ content: string }])[0].content] : [],
    );
    expect(words.join('')).toContain('It says hello.');
  });

  it('goes on from any frame with exactly the rest, live or after the fact', async () => {
    const { path, worker } = await begin();
    const live = await watch(path);
    await play(worker);
    await live.done;
    const whole = readFrames(live.seen.text);
    expect(whole.length).toBeGreaterThan(12);
    const query = `?stream_mode=${modes.join(',')}`;
    for (const [index, { id = '' }] of whole.entries()) {
      const rest = await gateway.frames(`GET ${path}${query}`, { headers: { 'last-event-id': id } });
      expect(rest).toEqual(whole.slice(index + 1));
    }
    expect(await gateway.frames(`GET ${path}${query}`, { headers: { 'last-event-id': '-1' } })).toEqual(
      whole,
    );
  });

  it('can be joined by many at once, who all see the same', async () => {
    const { path, worker } = await begin();
    const watchers = await Promise.all(Array.from({ length: 20 }, () => watch(path)));
    await play(worker);
    await Promise.all(watchers.map(({ done }) => done));
    const texts = watchers.map(({ seen }) => seen.text.replaceAll(': heartbeat\n\n', ''));
    expect(new Set(texts).size).toBe(1);
    expect(readFrames(texts[0] ?? '').at(-1)?.event).toBe('end');
  });

  it('says that it is alive while a run is silent', async () => {
    const { path, worker } = await begin();
    const { seen, done } = await watch(path);
    await eventually('heartbeats come', () => seen.text.split(': heartbeat\n\n').length > 2);
    await worker.succeed('At last.');
    await done;
    expect(readFrames(seen.text).at(-1)?.event).toBe('end');
  });

  it.each(['7-0', '2-0', 'abc', '1', ''])(
    'refuses the cursor %j, which was never given out',
    async (cursor) => {
      const { path, worker } = await begin();
      const refused = await gateway.call(`GET ${path}`, { headers: { 'last-event-id': cursor } });
      expect(refused).toMatchObject({
        ...{ status: 410, json: { code: 'LUM_CURSOR_EXPIRED', errors: [{ field: 'Last-Event-ID' }] } },
      });
      await worker.succeed('Over.');
    },
  );

  it('refuses a mode that there is not', async () => {
    const { path, worker } = await begin();
    const refused = await gateway.call(`GET ${path}?stream_mode=values,events`);
    expect(refused).toMatchObject({ status: 422, json: { errors: [{ field: 'stream_mode' }] } });
    await worker.succeed('Over.');
    expect(await gateway.frames(`GET ${path}?stream_mode=updates&stream_mode=values`)).toHaveLength(5);
  });

  it('lets go of clients that leave', async () => {
    const { path, worker } = await begin();
    const leaving = new AbortController();
    const watchers = await Promise.all(Array.from({ length: 5 }, () => watch(path, leaving.signal)));
    leaving.abort();
    await Promise.allSettled(watchers.map(({ done }) => done));
    const live = async () => (await gateway.call('GET /health/live', { key: '' })).status;
    expect(await live()).toBe(200);
    await worker.succeed('To nobody.');
    expect((await gateway.frames(`GET ${path}`)).at(-1)?.event).toBe('end');
  });

  it('waits for a client that reads slowly, and gives it everything', async () => {
    const { path, worker } = await begin();
    const text = 'x'.repeat(4_000);
    const collected = new Promise<string>((resolve, reject) => {
      const headers = { 'x-api-key': keys.acme };
      request(`${gateway.url}${path}?stream_mode=messages-tuple`, { headers }, (response) => {
        const chunks: Buffer[] = [];
        response.pause();
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve(Buffer.concat(chunks).toString()));
        setTimeout(() => response.resume(), 400);
      })
        .on('error', reject)
        .end();
    });
    for (let index = 0; index < 1_500; index += 50) {
      await worker.say(...Array.from({ length: 50 }, (_one, offset) => `${index + offset}:${text}`));
    }
    await worker.succeed('Whole.');
    const frames = readFrames(await collected);
    const numbers = frames.flatMap(({ event, data }) =>
      event === 'messages' ? [Number.parseInt((data as [{ content: string }])[0].content, 10)] : [],
    );
    expect(numbers.slice(0, -1)).toEqual(Array.from({ length: 1_500 }, (_one, index) => index));
  });

  it('goes on through a restart of Redis, and meanwhile accepts nothing that it could lose', async () => {
    const { path, worker } = await begin();
    const { seen, done } = await watch(path);
    await worker.say('Before ');
    await eventually('words are shown', () => seen.text.includes('Before'));
    await redis.stop();
    const headers = { 'idempotency-key': 'through-the-outage' };
    const { json } = { json: { thread: path.split('/')[2] ?? '' } };
    const route = `POST /threads/${json.thread}/runs`;
    const refused = await gateway.call(route, { body: { input }, headers });
    expect(refused).toMatchObject({ status: 503, json: { code: 'LUM_STORE_UNAVAILABLE' } });
    expect(refused.headers.get('retry-after')).toBe('1');
    redis = await startAgain();
    const again = await eventually('it accepts again', async () => {
      const answer = await gateway.call(route, { body: { input }, headers });
      return answer.status === 200 ? answer : undefined;
    });
    expect((await gateway.call(route, { body: { input }, headers })).json['run_id']).toBe(
      again.json['run_id'],
    );
    await worker.say('and after.');
    await worker.succeed('Before and after.');
    await done;
    const frames = readFrames(seen.text);
    expect(frames.at(-1)?.event).toBe('end');
    const ids = frames.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
