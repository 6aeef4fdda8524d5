import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type Answer,
  type FakeGateway,
  answering,
  startFakeGateway,
  streaming,
} from '../gateway/fake-gateway';
import { type RunEnding, type RunFrame, type RunRequest, followRun } from './run-frames';

let gateway: FakeGateway | undefined;
afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
});

interface Followed {
  readonly frames: readonly RunFrame[];
  readonly ending: RunEnding;
  readonly breaks: readonly string[];
}

async function follow(answers: readonly Answer[], changes: Partial<RunRequest> = {}): Promise<Followed> {
  gateway = await startFakeGateway(answers);
  const breaks: string[] = [];
  const run = followRun({
    gatewayUrl: gateway.url,
    apiKey: 'key',
    thread: 't',
    agent: undefined,
    task: 'do it',
    idempotencyKey: 'once',
    patienceMs: 5_000,
    signal: new AbortController().signal,
    onBreak: (reason) => breaks.push(reason),
    ...changes,
  });
  const frames: RunFrame[] = [];
  for (;;) {
    const step = await run.next();
    if (step.done === true) return { frames, ending: step.value, breaks };
    frames.push(step.value);
  }
}

const metadata = { event: 'metadata', data: { run_id: 'run-1' }, id: '1-0' };
const update = { event: 'updates', data: { agent: {} }, id: '2-0' };
const end = { event: 'end', data: null, id: '3-0' };

const hangUp: Answer = (_request, response) => {
  response.destroy();
};

describe('followRun', () => {
  it('creates the run and yields its frames to the end', async () => {
    const { frames, ending, breaks } = await follow([streaming([metadata, update, end])], { agent: 'a' });
    expect(ending).toMatchObject({ kind: 'ended' });
    expect(breaks).toEqual([]);
    expect(frames.map(({ event }) => event)).toEqual(['metadata', 'updates', 'end']);
    const [asked] = gateway?.seen ?? [];
    expect(asked).toMatchObject({ method: 'POST', url: '/threads/t/runs/stream' });
    expect(asked?.headers).toMatchObject({ 'x-api-key': 'key', 'idempotency-key': 'once' });
    expect(JSON.parse(asked?.body ?? '')).toEqual({
      assistant_id: 'a',
      input: { messages: [{ role: 'user', content: 'do it' }] },
      stream_mode: ['updates', 'messages-tuple', 'custom'],
      if_not_exists: 'create',
    });
  });

  it.each(['end', 'break'] as const)(
    'comes back behind the last frame when the stream does %s',
    async (how) => {
      const { frames, ending, breaks } = await follow([streaming([metadata, update], how), streaming([end])]);
      expect(ending).toMatchObject({ kind: 'ended' });
      expect(frames.map(({ event }) => event)).toEqual(['metadata', 'updates', 'end']);
      expect(breaks).toHaveLength(1);
      const [, again] = gateway?.seen ?? [];
      expect(again).toMatchObject({
        method: 'GET',
        url: '/threads/t/runs/run-1/stream?stream_mode=updates,messages-tuple,custom',
      });
      expect(again?.headers['last-event-id']).toBe('2-0');
    },
  );

  it('asks again with the same key when the answer to the creation was lost', async () => {
    const { ending } = await follow([hangUp, streaming([metadata, end])]);
    expect(ending).toMatchObject({ kind: 'ended' });
    const keys = gateway?.seen.map(({ method, headers }) => [method, headers['idempotency-key']]);
    expect(keys).toEqual([
      ['POST', 'once'],
      ['POST', 'once'],
    ]);
  });

  it('knows the run from the headers when the stream broke before its first frame', async () => {
    const { ending } = await follow([streaming([], 'break'), streaming([metadata, end])]);
    expect(ending).toMatchObject({ kind: 'ended' });
    expect(gateway?.seen[1]).toMatchObject({ method: 'GET', headers: { 'last-event-id': '-1' } });
  });

  it('takes an error without a place for the gateway’s, not for the run’s', async () => {
    const trouble = { event: 'error', data: { error: 'LUM_STORE_UNAVAILABLE', message: 'no Redis' } };
    const { frames, ending, breaks } = await follow([streaming([metadata, trouble]), streaming([end])]);
    expect(ending).toMatchObject({ kind: 'ended' });
    expect(frames.map(({ event }) => event)).toEqual(['metadata', 'end']);
    expect(breaks).toEqual(['LUM_STORE_UNAVAILABLE: no Redis']);
  });

  it('passes on a failed run as it came', async () => {
    const failed = { event: 'error', data: { error: 'LUM_STEP_LIMIT', message: 'm' }, id: '3-0' };
    const { frames } = await follow([streaming([metadata, failed, { ...end, id: '3-1' }])]);
    expect(frames.map(({ event }) => event)).toEqual(['metadata', 'error', 'end']);
  });

  it('waits out a gateway that drains', async () => {
    const draining = answering(503, { detail: 'draining', code: 'LUM_DRAINING' });
    const { ending, breaks } = await follow([draining, draining, streaming([metadata, end])]);
    expect(ending).toMatchObject({ kind: 'ended' });
    expect(breaks).toEqual(['draining', 'draining']);
  });

  it('gives up on what no repetition mends', async () => {
    const { ending } = await follow([answering(401, { detail: 'wrong key', code: 'LUM_UNAUTHENTICATED' })]);
    expect(ending).toEqual({
      kind: 'refused',
      problem: { status: 401, code: 'LUM_UNAUTHENTICATED', message: 'wrong key' },
    });
    expect(gateway?.seen).toHaveLength(1);
  });

  it('says that it was lost when nothing answers for long enough', async () => {
    const { ending, breaks } = await follow([streaming([metadata]), hangUp], { patienceMs: 600 });
    expect(ending).toMatchObject({ kind: 'lost' });
    expect(breaks.length).toBeGreaterThan(1);
  });

  it('does not take rubbish for a frame', async () => {
    const rubbish: Answer = (_request, response) => {
      response.writeHead(200).end('event: updates\ndata: {"half\n\n');
    };
    const { ending } = await follow([rubbish], { patienceMs: 100 });
    expect(ending).toEqual({ kind: 'lost', reason: 'a frame of the stream is not JSON' });
  });

  it('leaves at once when asked to', async () => {
    const leaving = new AbortController();
    setTimeout(() => leaving.abort(), 100);
    const startMs = performance.now();
    const { ending, frames } = await follow([streaming([metadata], 'open')], { signal: leaving.signal });
    expect(ending).toEqual({ kind: 'left' });
    expect(frames).toHaveLength(1);
    expect(performance.now() - startMs).toBeLessThan(15_000);
  });
});
