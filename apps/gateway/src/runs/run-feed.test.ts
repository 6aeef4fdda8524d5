import { afterEach, describe, expect, it } from '@jest/globals';
import type { Fact, RunEvent, SequencedEvent } from '@lumina/contracts';
import type { EventsOutcome } from '@lumina/store';
import { eventually } from '@lumina/testing';
import fc from 'fast-check';
import { register } from 'prom-client';
import { accepted, answered, failed, run, succeeded, toolAnswered } from '../testing/facts';
import { LiveRedis } from '../testing/live-redis';
import { type Heard, RunFeed, isEndOf } from './run-feed';

const delta = (text: string): RunEvent => ({ type: 'delta', messageId: 'm1', text });
const end: RunEvent = { type: 'fact', position: 2, fact: succeeded() };

describe('RunFeed', () => {
  const feeds: RunFeed[] = [];
  afterEach(() => Promise.all(feeds.splice(0).map((feed) => feed.stop())));

  /** A run's own stream, a live stream beside it, and a feed over both. */
  async function running(doubtAfterMs = 10_000) {
    const own: RunEvent[] = [];
    const redis = new LiveRedis();
    let reads = 0;
    const store = {
      events: async (_run: string, after: number): Promise<EventsOutcome> => {
        reads += 1;
        if (after > own.length) return { kind: 'future', lastSeq: own.length };
        const events = own.map((event, index) => ({ seq: index + 1, event }));
        return { kind: 'events', events: events.slice(after) };
      },
    };
    let confirmations = 0;
    const confirm = async (): Promise<void> => void (confirmations += 1);
    const feed = new RunFeed(store, redis.client, { doubtAfterMs, confirm });
    await feed.start();
    feeds.push(feed);
    const happen = (event: RunEvent, how: 'live' | 'large' | 'missed' = 'live'): void => {
      own.push(event);
      if (how !== 'missed') redis.push(run, own.length, how === 'large' ? undefined : event);
    };
    const listen = (after = 0, signal = new AbortController().signal) => {
      const got: SequencedEvent[] = [];
      const silences: number[] = [];
      const done = (async () => {
        for await (const heard of feed.follow(run, after, signal)) {
          if (heard.kind === 'event') got.push(heard.sequenced);
          else silences.push(Date.now());
        }
      })();
      return { got, silences, done };
    };
    /** Waits for the outcome alone, from before the run begins. */
    const awaitOutcome = (): SequencedEvent[] => {
      const got: SequencedEvent[] = [];
      const expectation = feed.expect(run, 'outcome');
      void (async () => {
        for await (const heard of feed.follow(run, 0, new AbortController().signal, expectation))
          if (heard.kind === 'event') got.push(heard.sequenced);
      })();
      return got;
    };
    return {
      feed,
      redis,
      happen,
      listen,
      own,
      awaitOutcome,
      reads: () => reads,
      confirmations: () => confirmations,
    };
  }

  it('that was expected before it began is heard without a read of its own stream', async () => {
    const { feed, happen, reads } = await running();
    const expectation = feed.expect(run);
    happen(delta('a'));
    happen(end);
    const got: number[] = [];
    for await (const heard of feed.follow(run, 0, new AbortController().signal, expectation))
      if (heard.kind === 'event') got.push(heard.sequenced.seq);
    expect({ got, reads: reads() }).toEqual({ got: [1, 2], reads: 0 });
    expect(feed.listenerCount).toBe(0);
  });

  it('that was expected in vain is let go, and not for others', async () => {
    const { feed } = await running();
    const vain = feed.expect(run);
    vain.leave();
    feed.expect(run);
    vain.leave();
    expect(feed.listenerCount).toBe(1);
  });

  const seqs = (events: readonly SequencedEvent[]): readonly number[] => events.map(({ seq }) => seq);
  const upTo = (count: number): readonly number[] =>
    Array.from({ length: count }, (_one, index) => index + 1);

  it('replays what was, then follows what comes, without a double', async () => {
    const { happen, listen, reads } = await running();
    happen(delta('before'));
    const { got, done } = listen();
    await eventually('the past is replayed', () => got.length === 1);
    happen(delta('now'));
    await eventually('the present is heard', () => got.length === 2);
    happen(end);
    await done;
    expect(seqs(got)).toEqual([1, 2, 3]);
    expect(reads()).toBeLessThanOrEqual(2);
  });

  it('begins after the cursor', async () => {
    const { happen, listen } = await running();
    for (const text of ['a', 'b', 'c']) happen(delta(text));
    happen(end);
    const { got, done } = listen(2);
    await done;
    expect(seqs(got)).toEqual([3, 4]);
  });

  it('reads from the run what was too large for the live stream, or missed there', async () => {
    const { happen, listen } = await running();
    const { got, done } = listen();
    happen(delta('a'));
    happen(delta('b'), 'large');
    happen(delta('c'), 'missed');
    happen(delta('d'));
    happen(end);
    await done;
    expect(seqs(got)).toEqual(upTo(5));
  });

  it('reads from the run after its reader was away', async () => {
    const { redis, happen, listen } = await running();
    const { got, done } = listen();
    happen(delta('a'));
    await eventually('it listens', () => got.length === 1);
    redis.break();
    happen(delta('b'), 'missed');
    happen(end, 'missed');
    await done;
    expect(seqs(got)).toEqual([1, 2, 3]);
  });

  it('looks for itself when it has heard nothing for a while, and says so', async () => {
    const { happen, listen } = await running(30);
    const { got, silences, done } = listen();
    await eventually('it says that it is alive', () => silences.length > 1);
    happen(end, 'missed');
    await done;
    expect(seqs(got)).toEqual([1]);
  });

  it('costs a slow listener a bounded buffer, and loses nothing', async () => {
    const { feed, happen, reads } = await running();
    happen(delta('first'));
    const events = feed.follow(run, 0, new AbortController().signal);
    const first = await events.next();
    const got: Heard[] = first.done === true ? [] : [first.value];
    for (let index = 0; index < 2_500; index += 1) happen(delta(String(index)));
    happen(end);
    await eventually('the live stream is read', async () => reads() > 0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    for await (const rest of events) got.push(rest);
    const heard = got.flatMap((one) => (one.kind === 'event' ? [one.sequenced] : []));
    expect(seqs(heard)).toEqual(upTo(2_502));
    expect(reads()).toBeGreaterThan(1);
  });

  it('serves many listeners of many cursors the same', async () => {
    const { happen, listen, feed } = await running();
    for (let index = 0; index < 5; index += 1) happen(delta(String(index)));
    const listeners = [0, 1, 2, 3, 4, 5].map((after) => listen(after));
    await eventually('all listen', () => feed.listenerCount === 6);
    happen(end);
    await Promise.all(listeners.map(({ done }) => done));
    expect(listeners.map(({ got }) => seqs(got))).toEqual(upTo(6).map((first) => upTo(6).slice(first - 1)));
    expect(feed.listenerCount).toBe(0);
  });

  it('counts a listener that goes with the end as one that heard it, and one that goes before as one that left', async () => {
    const counted = async (): Promise<readonly (number | undefined)[]> => {
      const { values = [] } = (await register.getSingleMetric('lumina_streams_total')?.get()) ?? {};
      return ['ended', 'left'].map(
        (outcome) => values.find(({ labels }) => labels['outcome'] === outcome)?.value,
      );
    };
    const [ended = 0, left = 0] = await counted();
    const { feed, happen } = await running();
    happen(delta('a'));
    happen(end);
    for (const last of [end, delta('a')])
      for await (const heard of feed.follow(run, 0, new AbortController().signal))
        if (heard.kind === 'event' && heard.sequenced.event.type === last.type) break;
    expect(await counted()).toEqual([ended + 1, left + 1]);
  });

  it('lets a listener go that leaves, at once', async () => {
    const { feed, listen } = await running();
    const leaving = new AbortController();
    const { done } = listen(0, leaving.signal);
    await eventually('it listens', () => feed.listenerCount === 1);
    leaving.abort();
    await done;
    expect(feed.listenerCount).toBe(0);
    await listen(0, leaving.signal).done;
    expect(feed.listenerCount).toBe(0);
  });

  const fact = (position: number, of: Fact): RunEvent => ({ type: 'fact', position, fact: of });
  const approvalAsked: Fact = {
    ...{ run, at: 3_000, type: 'approval.asked', item: 'ask:1.0', callId: 'c1', why: 'policy' },
    ...{ argsDigest: 'd', expiresAt: 9_000 },
  };
  const budgetAsked: Fact = {
    ...{ run, at: 3_000, type: 'budget.asked', item: 'budget:1', scope: 'run' },
    ...{ amount: 'tokens', used: 3, allowed: 3, expiresAt: 9_000 },
  };
  const delegated = (): Fact => {
    const { message, ...rest } = answered({ calls: ['c1'] });
    return {
      ...rest,
      message: { ...message, toolCalls: [{ id: 'c1', name: 'delegate', args: { agent: 'a', task: 't' } }] },
    };
  };

  describe('for who waits for the outcome', () => {
    const routine = [
      fact(1, accepted()),
      delta('let me see'),
      fact(2, answered({ calls: ['c1'] })),
      fact(3, toolAnswered('c1')),
    ];

    it('confirms once, and gives all that came before', async () => {
      const { redis, happen, awaitOutcome, reads, confirmations } = await running();
      const got = awaitOutcome();
      for (const event of routine) happen(event);
      await eventually('the live stream is read', () => redis.isDrained);
      expect({ got, confirmations: confirmations() }).toEqual({ got: [], confirmations: 0 });
      happen(fact(4, succeeded()));
      await eventually('all is heard', () => got.length === 5);
      expect({ seqs: seqs(got), confirmations: confirmations(), reads: reads() }).toEqual({
        ...{ seqs: upTo(5), confirmations: 1, reads: 0 },
      });
    });

    it.each([
      ['a question to a person', approvalAsked],
      ['a budget that is used up', budgetAsked],
      ['a failure', failed()],
      ['work for a subagent', delegated()],
    ] as const)('wakes for %s', async (_what, what) => {
      const { happen, awaitOutcome } = await running();
      const got = awaitOutcome();
      happen(fact(1, accepted()));
      happen(fact(2, what));
      await eventually('both are heard', () => got.length === 2);
    });

    it('confirms each event all the same where somebody else is shown each', async () => {
      const { redis, feed, happen, awaitOutcome, confirmations } = await running();
      awaitOutcome();
      feed.expect(run);
      for (const event of routine) {
        happen(event);
        await eventually('the live stream is read', () => redis.isDrained);
      }
      expect(confirmations()).toBe(routine.length);
    });

    it('reads anew what was held when the reader was away: it may have been undone', async () => {
      const { redis, happen, awaitOutcome, own } = await running();
      const got = awaitOutcome();
      for (const event of routine) happen(event);
      await eventually('the live stream is read', () => redis.isDrained);
      own.splice(1);
      redis.break();
      happen(fact(2, failed()), 'missed');
      await eventually('the outcome is heard', () => got.length === 2);
      expect(got.map(({ event }) => event)).toEqual(own);
    });

    it('ends streams one after the other where it leaves, and those that come meanwhile at once', async () => {
      const { feed, happen, listen } = await running();
      happen(delta('a'));
      const streams = Array.from({ length: 10 }, () => listen());
      let endedCount = 0;
      for (const { done } of streams) void done.then(() => (endedCount += 1));
      await eventually('all have heard', () => streams.every(({ got }) => got.length === 1));
      const stopped = feed.stop(60_000);
      await eventually('one has ended', () => endedCount > 0);
      expect(endedCount).toBeLessThan(10);
      await listen().done;
      happen(delta('b'));
      await stopped;
      await Promise.all(streams.map(({ done }) => done));
      expect(streams.at(-1)?.got.map(({ seq }) => seq)).toEqual([1, 2]);
    });

    it('holds a bounded number of events, and loses none', async () => {
      const { happen, awaitOutcome } = await running();
      const got = awaitOutcome();
      for (let index = 0; index < 1_500; index += 1) happen(delta(String(index)));
      happen(fact(1, succeeded()));
      await eventually('all is heard', () => got.length === 1_501);
      expect(seqs(got)).toEqual(upTo(1_501));
    });
  });

  it.each([
    ['future', { kind: 'future', lastSeq: 1 }, /never given out/],
    ['expired', { kind: 'expired', oldestSeq: 9 }, /no longer kept/],
  ] as const)('says that a cursor is of the %s instead of leaving a gap', async (_kind, outcome, message) => {
    const redis = new LiveRedis();
    const feed = new RunFeed({ events: async () => outcome }, redis.client, { doubtAfterMs: 10_000 });
    await feed.start();
    feeds.push(feed);
    const events = feed.follow(run, 7, new AbortController().signal);
    await expect(events.next()).rejects.toMatchObject({ code: 'LUM_CURSOR_EXPIRED' });
    await expect(feed.follow(run, 7, new AbortController().signal).next()).rejects.toThrow(message);
    expect(feed.listenerCount).toBe(0);
  });

  it('gives any listener the sequence without gap or double, however events come', async () => {
    const how = fc.constantFrom('live' as const, 'live' as const, 'large' as const, 'missed' as const);
    const step = fc.record({ how, pause: fc.boolean(), doubles: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), fc.nat({ max: 20 }), async (steps, joinAt) => {
        const { redis, happen, listen, own } = await running(15);
        const late: ReturnType<typeof listen>[] = [];
        const early = listen();
        for (const [index, { how, pause, doubles }] of steps.entries()) {
          if (index === joinAt) late.push(listen(Math.floor(index / 2)));
          happen(delta(String(index)), how);
          if (doubles && how === 'live') redis.push(run, own.length, own.at(-1));
          if (pause) await new Promise((resolve) => setImmediate(resolve));
        }
        happen(end);
        await Promise.all([early, ...late].map(({ done }) => done));
        expect(seqs(early.got)).toEqual(upTo(own.length));
        for (const { got } of late) {
          expect(seqs(got)).toEqual(upTo(own.length).slice(own.length - got.length));
          expect(got.length).toBe(own.length - Math.floor(joinAt / 2));
        }
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['its own success', { type: 'fact', position: 1, fact: succeeded() }, true],
    ['its own failure', { type: 'fact', position: 1, fact: failed() }, true],
    ["another run's end", { type: 'fact', position: 1, fact: succeeded('other') }, false],
    ['its acceptance', { type: 'fact', position: 1, fact: accepted() }, false],
    ['a word', delta('a'), false],
  ] as const)('takes %s for its end or not', (_what, event, isEnd) => {
    expect(isEndOf(run, event)).toBe(isEnd);
  });
});
