import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Fact } from '@lumina/contracts';
import { type ThrowawayRedis, eventually, startRedis } from '@lumina/testing';
import { askPerson, question } from './testing/asking-worker';
import { GatewayBench } from './testing/gateway-bench';
import { ScriptedWorker } from './testing/scripted-worker';
import { type SseFrame, readFrames } from './testing/sse';

const recorded = (name: string): string =>
  readFileSync(join(__dirname, 'langgraph', 'recorded', name), 'utf8').replaceAll('\r\n', '\n');
const recordedJson = (name: string): unknown => JSON.parse(recorded(name));
const input = { messages: [{ role: 'user', content: 'hi' }] };
const events = (frames: readonly SseFrame[]): readonly string[] => frames.map(({ event }) => event);

/** Of a value: which fields it has, and of what kind each is. What is called by ids counts once. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !differing.has(name))
      .map(([name, part]) => [isId(name) ? '<id>' : (sameNodes[name] ?? name), shapeOf(part)]),
  );
}

const isId = (name: string): boolean => /^((run|m)-)?[0-9a-f]{8}-[0-9a-f-]{27}(-\d+)?$/.test(name);
const sameNodes: Readonly<Record<string, string>> = { plan: 'agent' };
/** Fields that only one side has; docs/api.md says why. */
const differing = new Set([
  ...['tags', 'name', 'ls_integration', 'created_by', 'run_attempt', 'langgraph_version', 'langgraph_plan'],
  ...['langgraph_host', 'langgraph_triggers', 'langgraph_path', 'langgraph_checkpoint_ns', 'checkpoint_ns'],
  ...['ls_model_type', 'ls_provider', 'versions', 'user-agent', 'parents', 'usage_metadata', 'status'],
  ...['response_metadata', 'args', 'step', 'triggers', 'type', 'checkpoint_map', 'source', 'thread_id'],
  ...[
    'run_id',
    'metadata',
    'context',
    'kwargs',
    'config',
    'interrupts',
    'values',
    'tool_call_chunks',
    'next',
  ],
]);
const shapes = (frames: readonly SseFrame[]) =>
  frames.map(({ event, data }) => ({ event, data: shapeOf(data) }));
/** LangGraph's server says nothing when a stream is over. */
const withoutEnd = (frames: readonly SseFrame[]) => frames.filter(({ event }) => event !== 'end');

describe("beside the recorded bytes of LangGraph's server", () => {
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

  /** A run that is streamed while it is played. */
  async function streamed(modes: readonly string[], play: (run: string) => Promise<void>) {
    const thread = String((await gateway.call('POST /threads', { body: {} })).json['thread_id']);
    const body = { input, stream_mode: modes, assistant_id: 'lumina' };
    const frames = gateway.frames(`POST /threads/${thread}/runs/stream`, { body });
    const run = await eventually('the run begins', async () => (await gateway.store.runsOfThread(thread))[0]);
    await play(run);
    return { frames: await frames, run, thread };
  }

  const interruptModes = ['values', 'updates', 'messages-tuple'];
  const interrupted = () => streamed(interruptModes, (run) => askPerson(gateway.store, run, [question(0)]));

  it('an interrupt: the same frames with the same fields, in the same order', async () => {
    const { frames } = await interrupted();
    const theirs = readFrames(recorded('interrupt.http'));
    expect(events(withoutEnd(frames))).toEqual(events(theirs));
    expect(shapes(withoutEnd(frames))).toEqual(shapes(theirs));
    expect(frames.at(-1)?.event).toBe('end');
  });

  it('coming back after the third frame: what came after it, and nothing before', async () => {
    const { frames, run, thread } = await interrupted();
    const query = interruptModes.map((mode) => `stream_mode=${mode}`).join('&');
    const rest = await gateway.frames(`GET /threads/${thread}/runs/${run}/stream?${query}`, {
      headers: { 'last-event-id': frames[2]?.id ?? '' },
    });
    expect(rest).toEqual(frames.slice(3));
    const theirs = readFrames(recorded('rejoin-after-frame-2.http'));
    expect(shapes(withoutEnd(rest))).toEqual(shapes(theirs));
  });

  it('a failure: the same frames; ours knows the message that was said before', async () => {
    const { frames } = await streamed(['values'], (run) =>
      new ScriptedWorker(gateway.store, run).fail('LUM_STEP_LIMIT', 'kaboom'),
    );
    const theirs = readFrames(recorded('error.http'));
    expect(events(withoutEnd(frames))).toEqual(events(theirs));
    expect(frames.at(-2)?.data).toEqual({ error: 'LUM_STEP_LIMIT', message: 'kaboom' });
    expect(shapeOf(frames.at(-2)?.data)).toEqual(shapeOf(theirs.at(-1)?.data));
  });

  it('messages while they grow: each step of each message, and complete in the end', async () => {
    const theirs = readFrames(recorded('messages.http'));
    const partial = (frames: readonly SseFrame[]) =>
      frames.flatMap(({ event, data }) =>
        event === 'messages/partial' ? (data as [{ content: string }])[0].content : [],
      );
    const { frames } = await streamed(['messages', 'messages-tuple'], async (run) => {
      const worker = new ScriptedWorker(gateway.store, run);
      for (const letter of 'hello world') await worker.say(letter);
      await worker.succeed('hello world');
    });
    expect(partial(frames)).toEqual(partial(theirs));
    // How pieces and growing messages come between each other is a matter of time there.
    const isGrowth = ({ event }: SseFrame): boolean => event.startsWith('messages/') || event === 'metadata';
    expect(events(frames.filter(isGrowth))).toEqual(events(theirs.filter(isGrowth)));
    expect(shapes(frames.filter(isGrowth))).toEqual(shapes(theirs.filter(isGrowth)));
    const pieces = (all: readonly SseFrame[]) =>
      all.flatMap(({ event, data }) =>
        event === 'messages' ? (data as [{ content: string }])[0].content : [],
      );
    // The last piece of ours holds no words: it says why and with what the message ended.
    expect(pieces(frames)).toEqual([...pieces(theirs), '']);
  });

  it('resumed, in all modes: the update, the task and the checkpoint in the same order', async () => {
    const modes = ['updates', 'tasks', 'checkpoints', 'debug'];
    const { run, thread } = await interrupted();
    const body = {
      command: { resume: { decisions: [{ type: 'reject', message: 'no' }] } },
      stream_mode: modes,
    };
    const frames = gateway.frames(`POST /threads/${thread}/runs/stream`, { body });
    await eventually('it is decided', async () => {
      const items = (await gateway.store.run(run))?.items ?? [];
      return items.every(({ item, isOpen }) => !item.startsWith('ask') || !isOpen);
    });
    const { v = 0 } = (await gateway.store.run(run)) ?? {};
    const end: Fact = { run, at: Date.now(), type: 'run.succeeded' };
    await gateway.store.intervene({
      ...{ run, v, kind: 'decide', status: 'succeeded', open: [] },
      facts: [end],
    });
    const theirs = readFrames(recorded('resume.http'));
    const order = events(theirs).filter((event) => event !== 'events');
    // There the task that waited is shown again first; here it was shown when it began.
    expect(order.slice(0, 5)).toEqual(['metadata', 'checkpoints', 'debug', 'tasks', 'debug']);
    expect(events(await frames).slice(0, 6)).toEqual(['metadata', ...order.slice(5, 10)]);
    const shown = new Set(['updates', 'tasks', 'checkpoints']);
    const ours = shapes((await frames).slice(0, 6).filter(({ event }) => shown.has(event)));
    expect(ours).toEqual(shapes(theirs.slice(8).filter(({ event }) => shown.has(event))));
  });

  it('what is read: thread, state, run and assistant have the fields that theirs have', async () => {
    const { run, thread } = await interrupted();
    const read = async (route: string) => JSON.parse((await gateway.call(route)).text) as object;
    const missing = (ours: object, theirs: unknown) =>
      Object.keys(theirs as object).filter((name) => !Object.hasOwn(ours, name));
    const state = (await read(`GET /threads/${thread}/state`)) as { tasks: [object] };
    const theirState = recordedJson('thread-state.json') as { tasks: [object] };
    expect(missing(state, theirState)).toEqual([]);
    expect(missing(state.tasks[0], theirState.tasks[0])).toEqual([]);
    expect(missing(await read(`GET /threads/${thread}`), recordedJson('thread.json'))).toEqual([]);
    expect(missing(await read(`GET /threads/${thread}/runs/${run}`), recordedJson('run.json'))).toEqual([]);
    const [theirs] = recordedJson('assistants.json') as [object];
    expect(missing(await read('GET /assistants/lumina'), theirs)).toEqual([]);
  });
});
