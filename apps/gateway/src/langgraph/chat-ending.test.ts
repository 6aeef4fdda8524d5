import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { delegateTool } from '@lumina/agent';
import type { Fact, RunEvent } from '@lumina/contracts';
import type { EventsOutcome } from '@lumina/store';
import { eventually } from '@lumina/testing';
import fc from 'fast-check';
import { Client } from '../client-signal';
import { RunFeed } from '../runs/run-feed';
import { accepted, answered, failed, run, runSnapshot, succeeded, toolAnswered } from '../testing/facts';
import { LiveRedis } from '../testing/live-redis';
import { RunStreams } from './run-stream';

type How = 'live' | 'large' | 'missed' | 'garbled';

const ending = { run, at: 4_000 };
const ends: readonly Fact[] = [
  succeeded(),
  failed(),
  { ...ending, type: 'run.cancelled' },
  { ...ending, type: 'run.expired', failure: { code: 'LUM_RUN_TIMEOUT', message: 'too late' } },
];
const approvalAsked: Fact = {
  ...{ run, at: 3_000, type: 'approval.asked', item: 'ask:1.0', callId: 'c1', why: 'policy' },
  ...{ argsDigest: 'd', expiresAt: 9_000 },
};
const budgetAsked: Fact = {
  ...{ run, at: 3_000, type: 'budget.asked', item: 'budget:1', scope: 'run' },
  ...{ amount: 'tokens', used: 3, allowed: 3, expiresAt: 9_000 },
};
const calling = answered({ content: 'Let me see.', calls: ['c1'] });
const delegating: Fact = {
  ...calling,
  message: {
    ...calling.message,
    toolCalls: [{ id: 'c1', name: delegateTool, args: { agent: 'a', task: 't' } }],
  },
};

describe('the ending of a run', () => {
  const feeds: RunFeed[] = [];
  afterEach(() => Promise.all(feeds.splice(0).map((feed) => feed.stop())));

  async function running() {
    const own: RunEvent[] = [];
    const redis = new LiveRedis();
    let reads = 0;
    const events = async (of: string, after: number): Promise<EventsOutcome> => {
      if (of !== run) return { kind: 'events', events: [] };
      reads += 1;
      return { kind: 'events', events: own.map((event, at) => ({ seq: at + 1, event })).slice(after) };
    };
    const store = { events, journal: async () => [], run: async () => undefined };
    const feed = new RunFeed(store, redis.client, { doubtAfterMs: 40 });
    await feed.start();
    feeds.push(feed);
    const streams = new RunStreams(store, feed);
    const happen = (event: RunEvent, how: How = 'live'): void => {
      own.push(event);
      if (how === 'garbled')
        redis.pushText(run, own.length, JSON.stringify(event).replace('"at":', '"at":"x","as":'));
      else if (how !== 'missed') redis.push(run, own.length, how === 'large' ? undefined : event);
    };
    const connection = Object.assign(new EventEmitter(), { writableFinished: false });
    const client = new Client({ raw: connection as never });
    const told = () => streams.ending(runSnapshot(), client, streams.expect(run));
    const followed = () => streams.ending(runSnapshot(), new Client({ raw: new EventEmitter() as never }));
    return { feed, happen, told, followed, leave: () => connection.emit('close'), reads: () => reads };
  }

  const fact = (of: Fact, position = 1): RunEvent => ({ type: 'fact', position, fact: of });
  const words = (text: string): RunEvent => ({ type: 'delta', messageId: 'm1', text });

  it('is told from what the live stream brought, without a read of the store, and then nobody listens', async () => {
    const { feed, happen, told, reads } = await running();
    const answer = told();
    for (const event of [fact(accepted()), fact(calling), fact(toolAnswered('c1'))]) happen(event);
    for (const event of [words('The '), fact(answered({ content: 'The end.' })), fact(succeeded())])
      happen(event);
    expect(await answer).toEqual({ kind: 'succeeded', answer: 'The end.' });
    expect({ reads: reads(), listeners: feed.listenerCount }).toEqual({ reads: 0, listeners: 0 });
  });

  it('is a question, where one is asked before it', async () => {
    const { happen, told } = await running();
    const answer = told();
    for (const event of [accepted(), calling, approvalAsked, succeeded()]) happen(fact(event));
    expect(await answer).toEqual({ kind: 'interrupted', by: 'approval' });
  });

  it('is not waited for when the client goes, or the gateway', async () => {
    const one = await running();
    const left = one.told();
    one.happen(fact(accepted()));
    await eventually('somebody listens', () => one.feed.listenerCount === 1);
    one.leave();
    expect(await left).toEqual({ kind: 'left' });
    const other = await running();
    const going = other.told();
    await other.feed.stop();
    await expect(going).rejects.toMatchObject({ code: 'LUM_DRAINING' });
    await expect(other.told()).rejects.toMatchObject({ code: 'LUM_DRAINING' });
    expect([one.feed.listenerCount, other.feed.listenerCount]).toEqual([0, 0]);
  });

  it('is the same for who expected the run and for who follows it, whatever happens and however it comes', async () => {
    const between = fc.constantFrom(
      words('a'),
      words(`{"type":"fact","fact":{"type":"run.succeeded"}} "${delegateTool}"`),
      { type: 'discarded', messageId: 'm1' } as const,
      ...[calling, delegating, answered({ content: 'Words.' }), toolAnswered('c1', `"${delegateTool}"`)].map(
        (of) => fact(of),
      ),
      ...[approvalAsked, budgetAsked].map((of) => fact(of)),
    );
    const how = fc.constantFrom<How>('live', 'live', 'live', 'live', 'large', 'missed', 'garbled');
    const step = fc.record({ event: between, how, pauses: fc.boolean() });
    const last = fc.record({ event: fc.constantFrom(...ends), how });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), last, async (steps, end) => {
        const { feed, happen, told, followed } = await running();
        const quick = told();
        happen(fact(accepted()));
        for (const { event, how: comes, pauses } of steps) {
          happen(event, comes);
          if (pauses) await new Promise((resolve) => setImmediate(resolve));
        }
        happen(fact(end.event), end.how);
        expect(await quick).toEqual(await followed());
        expect(feed.listenerCount).toBe(0);
        await feed.stop();
      }),
      { numRuns: 150 },
    );
  }, 30_000);
});
