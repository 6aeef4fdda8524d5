import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { type Fact, LuminaError, type RunEvent, type SequencedEvent } from '@lumina/contracts';
import { eventually } from '@lumina/testing';
import fc from 'fast-check';
import { Client } from '../client-signal';
import type { Heard, RunFeed } from '../runs/run-feed';
import {
  accepted,
  answered,
  eventsOf,
  failed,
  journalOf,
  runSnapshot,
  succeeded,
  toolAnswered,
} from '../testing/facts';
import { memoryReply, readFrames } from '../testing/sse';
import { type Cursor, afterEvent, beginning, readCursor } from './cursor';
import { type StreamMode, streamModes } from './stream-modes';
import { RunStreams } from './run-stream';
import { SseReply } from './sse-reply';

type Source = () => Iterable<Heard>;

const heard = (events: readonly SequencedEvent[]): Heard[] =>
  events.map((sequenced) => ({ kind: 'event', sequenced }));

function streamsOf(source: Source, journal = journalOf()) {
  const store = {
    journal: async () => journal,
    run: async () => undefined,
    events: async () => ({ kind: 'expired' as const, oldestSeq: 1 }),
  };
  const feed = {
    async *follow() {
      yield* source();
    },
  };
  return new RunStreams(store, feed as unknown as RunFeed);
}

async function textOf(source: Source, after: Cursor = beginning, modes: readonly StreamMode[] = streamModes) {
  const { reply, text } = memoryReply();
  const whole = text();
  await streamsOf(source).stream(new SseReply(reply, {}), runSnapshot(), { modes: new Set(modes), after });
  return whole;
}

/** Any order of words, words taken back, and facts; the seq has no gap. */
const anyEvents: fc.Arbitrary<readonly SequencedEvent[]> = fc
  .array(
    fc.oneof(
      fc.record<RunEvent & { type: 'delta' }>({
        type: fc.constant('delta'),
        messageId: fc.constantFrom('m1', 'm2'),
        text: fc.string({ minLength: 1, maxLength: 5 }),
      }),
      fc.record<RunEvent & { type: 'discarded' }>({
        type: fc.constant('discarded'),
        messageId: fc.constantFrom('m1', 'm2'),
      }),
      fc
        .constantFrom(
          answered({ content: 'Words.' }),
          answered({ id: 'm2', step: 2, calls: ['c1'] }),
          toolAnswered('c1', 'line\n\nline'),
        )
        .map((fact): RunEvent => ({ type: 'fact', position: 1, fact })),
    ),
    { maxLength: 12 },
  )
  .map((events) => {
    const [first, last] = eventsOf(accepted(), succeeded());
    return [first?.event, ...events, last?.event].flatMap((event, index) =>
      event === undefined ? [] : [{ seq: index + 1, event }],
    );
  });

describe('RunStreams.stream', () => {
  it('gives every frame a cursor, and from any cursor on exactly the rest', async () => {
    const modes = fc.subarray([...streamModes], { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(anyEvents, modes, fc.nat(), async (events, chosen, pick) => {
        const source = () => heard(events).values();
        const whole = readFrames(await textOf(source, beginning, chosen));
        expect(new Set(whole.map(({ id }) => id)).size).toBe(whole.length);
        const cut = pick % whole.length;
        const cursor = readCursor(whole[cut]?.id ?? '');
        if (cursor === undefined) throw new Error('a frame without a cursor');
        const rest = readFrames(await textOf(source, cursor, chosen));
        expect(rest).toEqual(whole.slice(cut + 1));
      }),
      { numRuns: 200 },
    );
  });

  it('ends with metadata first and the end last', async () => {
    const events = eventsOf(accepted(), answered({ content: 'Hi.' }), succeeded());
    const frames = readFrames(await textOf(() => heard(events).values()));
    expect(frames.map(({ event }) => event)).toEqual([
      ...['metadata', 'values', 'messages/complete', 'checkpoints', 'debug', 'tasks', 'debug'],
      ...['messages/metadata', 'messages', 'messages/complete', 'updates', 'tasks', 'debug'],
      ...['values', 'checkpoints', 'debug', 'end'],
    ]);
  });

  it('says that it is alive while nothing happens', async () => {
    const text = await textOf(function* () {
      yield { kind: 'silence' };
      yield* heard(eventsOf(accepted(), succeeded()));
    });
    expect(text.startsWith(': heartbeat\n\nevent: metadata\n')).toBe(true);
  });

  it('is broken off where its source ends before the run: an end in order would look like the end of the run', async () => {
    const { reply, raw } = memoryReply();
    const half = heard(eventsOf(accepted()));
    const view = { modes: new Set<StreamMode>(['values']), after: beginning };
    await streamsOf(() => half.values()).stream(new SseReply(reply, {}), runSnapshot(), view);
    expect({ isDestroyed: raw.destroyed, isEnded: raw.writableEnded }).toEqual({
      isDestroyed: true,
      isEnded: false,
    });
  });

  describe('of a run that rests', () => {
    const asked: Fact = {
      ...{
        run: runSnapshot().run,
        at: 3_000,
        type: 'approval.asked',
        item: 'ask:1.0',
        callId: 'c1',
        why: 'policy',
      },
      ...{ argsDigest: 'd', expiresAt: 9_000 },
    };
    const events = heard(eventsOf(accepted(), answered({ calls: ['c1'] }), asked));
    const named = async (after: Cursor) => {
      const { reply, text } = memoryReply();
      const whole = text().catch(() => 'broken off');
      const view = { modes: new Set<StreamMode>(['updates']), after };
      await streamsOf(() => events.values()).stream(new SseReply(reply, {}), runSnapshot(), view);
      const all = await whole;
      return all === 'broken off' ? all : readFrames(all).map(({ event }) => event);
    };

    it('ends there, also for a client whose stream broke right before it was told', async () => {
      expect(await named(beginning)).toEqual(['metadata', 'updates', 'updates', 'end']);
      expect(await named({ seq: 2, frame: 0 })).toEqual(['updates', 'end']);
      expect(await named({ seq: 3, frame: 0 })).toEqual(['end']);
    });

    it('waits for what follows, for who has been told', async () => {
      expect(await named({ seq: 3, frame: 1 })).toBe('broken off');
      expect(await named(afterEvent(3))).toBe('broken off');
    });
  });

  const expired: Source = () => {
    throw new LuminaError('LUM_CURSOR_EXPIRED', 'gone');
  };

  it('ends with an error frame, without a cursor, when the events behind a cursor are gone', async () => {
    expect(readFrames(await textOf(expired, { seq: 1, frame: 0 }))).toEqual([
      { id: undefined, event: 'error', data: { error: 'LUM_CURSOR_EXPIRED', message: 'gone' } },
    ]);
  });

  it('rebuilds a run whose events are gone from its journal, for who asks from the beginning', async () => {
    const journal = journalOf(accepted('other', 'r0'), accepted(), answered({ content: 'Hi.' }), succeeded());
    const { reply, text } = memoryReply();
    const whole = text();
    const view = { modes: new Set<StreamMode>(['values']), after: beginning };
    await streamsOf(expired, journal).stream(new SseReply(reply, {}), runSnapshot(), view);
    const frames = readFrames(await whole);
    expect(frames.map(({ event }) => event)).toEqual(['metadata', 'values', 'values', 'end']);
    expect(frames[2]?.data).toMatchObject({
      messages: [{ content: 'other' }, { content: 'hello' }, { content: 'Hi.' }],
    });
  });

  it('shows what the thread held before the run, and nothing of what came after', async () => {
    const journal = journalOf(accepted('first', 'r0'), accepted('second'), accepted('third', 'r2'));
    const { reply, text } = memoryReply();
    const whole = text();
    const events = heard([
      { seq: 1, event: { type: 'fact', position: 2, fact: accepted('second') } },
      { seq: 2, event: { type: 'fact', position: 4, fact: succeeded() } },
    ]);
    await streamsOf(() => events.values(), journal).stream(
      new SseReply(reply, {}),
      runSnapshot({ start: 2 }),
      {
        modes: new Set(['values']),
        after: beginning,
      },
    );
    const values = readFrames(await whole).find(({ event }) => event === 'values');
    expect(values?.data).toMatchObject({ messages: [{ content: 'first' }, { content: 'second' }] });
  });
});

describe('RunStreams, endings', () => {
  const signal = new AbortController().signal;
  const raw = new EventEmitter();
  const client = (): Client => new Client({ raw: raw as never });
  const good = eventsOf(accepted(), answered({ content: 'Hi.' }), succeeded());
  const bad = eventsOf(accepted(), failed());

  it('waits for the values of a run, saying that it is alive', async () => {
    let silences = 0;
    const source = function* (): Generator<Heard> {
      yield { kind: 'silence' };
      yield* heard(good);
    };
    const outcome = await streamsOf(source).outcome(runSnapshot(), beginning, {
      signal,
      onSilence: () => void (silences += 1),
    });
    expect(outcome).toMatchObject({ messages: [{ type: 'human' }, { type: 'ai', content: 'Hi.' }] });
    expect(silences).toBe(1);
  });

  it('answers a failed run as LangGraph does', async () => {
    const outcome = await streamsOf(() => heard(bad).values()).outcome(runSnapshot(), beginning, {
      signal,
      onSilence: () => undefined,
    });
    expect(outcome).toEqual({ __error__: { error: 'LUM_STEP_LIMIT', message: 'too many steps' } });
  });

  it.each([
    [good, { kind: 'succeeded', answer: 'Hi.' }],
    [bad, { kind: 'failed', failure: { code: 'LUM_STEP_LIMIT', message: 'too many steps' } }],
  ])('tells how a chat ends', async (events, ending) => {
    const source = function* (): Generator<Heard> {
      yield { kind: 'silence' };
      yield* heard(events);
    };
    expect(await streamsOf(source).ending(runSnapshot(), client())).toEqual(ending);
  });

  it('tells a client that has gone from a gateway that goes', async () => {
    const halfWay = (): Generator<Heard> => heard(good.slice(0, 2)).values() as Generator<Heard>;
    const wait = { signal, onSilence: () => undefined };
    const going = expect.objectContaining({ code: 'LUM_DRAINING', retryAfterMs: 1_000 });
    await expect(streamsOf(halfWay).ending(runSnapshot(), client())).rejects.toEqual(going);
    await expect(streamsOf(halfWay).outcome(runSnapshot(), beginning, wait)).rejects.toEqual(going);
    const gone = client();
    raw.emit('close');
    expect(await streamsOf(halfWay).ending(runSnapshot(), gone)).toEqual({ kind: 'left' });
  });
});

describe('SseReply', () => {
  it('sends the headers that proxies and clients need, and those of its own', () => {
    const { reply, head } = memoryReply();
    new SseReply(reply, { location: '/here' });
    expect(head).toMatchObject({
      status: 200,
      headers: {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache, no-transform',
        'x-accel-buffering': 'no',
        location: '/here',
      },
    });
  });

  it('goes no faster than its client reads', async () => {
    const { reply, raw } = memoryReply(16);
    const sse = new SseReply(reply, {});
    const second = async (): Promise<string> => {
      await sse.frame('values', 'x'.repeat(100));
      return 'written';
    };
    const waiting = second();
    expect(await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 20, 'waits'))])).toBe(
      'waits',
    );
    raw.resume();
    expect(await waiting).toBe('written');
  });

  it('lets a client go that takes nothing for too long', async () => {
    const { reply, raw } = memoryReply(16);
    const sse = new SseReply(reply, {}, 30);
    await sse.frame('values', 'x'.repeat(100));
    expect(raw.destroyed).toBe(true);
    await eventually('whoever follows for it hears so', () => sse.signal.aborted);
  });

  it('stops at once when its client goes, and then writes nothing', async () => {
    const { reply, raw } = memoryReply(16);
    const sse = new SseReply(reply, {});
    const waiting = sse.frame('values', 'x'.repeat(100));
    raw.destroy();
    await waiting;
    expect(sse.signal.aborted).toBe(true);
    await sse.heartbeat();
    sse.end();
  });
});
