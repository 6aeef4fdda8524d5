import { describe, expect, it } from '@jest/globals';
import type { Fact } from '@lumina/contracts';
import type { ItemSnapshot, RunSnapshot } from '@lumina/store';
import {
  accepted,
  answered,
  failed,
  journalOf,
  runSnapshot,
  succeeded,
  toolAnswered,
} from '../testing/facts';
import { explain } from './explanation';

const nowMs = 100_000;
const open = (item: string, changes: Partial<ItemSnapshot> = {}): ItemSnapshot => ({
  ...{ item, isOpen: true, epoch: 0, owner: undefined, leaseUntilMs: undefined, rings: 0 },
  ...changes,
});
const held = (item: string, leaseUntilMs: number): ItemSnapshot =>
  open(item, { epoch: 1, owner: 'worker-1', leaseUntilMs });

const explained = (snapshot: Partial<RunSnapshot>, facts: readonly Fact[], activeRun?: string) =>
  explain(runSnapshot(snapshot), journalOf(...facts), { nowMs, children: [], activeRun });

const acting = [accepted(), answered({ calls: ['c1', 'c2'] })];

describe('explain', () => {
  it('a run that waits for its thread: names the run before it', () => {
    expect(explained({ status: 'queued', start: undefined }, [], 'r0')).toMatchObject({
      ...{ status: 'queued', summary: 'The run waits for its thread: one run at a time.' },
      waits_for: { what: 'run r0 of the same thread', since: '1970-01-01T00:00:00.500Z' },
      what_to_do: 'See why that run goes on: explain r0.',
    });
    expect(explained({ status: 'queued' }, []).what_to_do).toBe('Wait.');
  });

  it('a run whose model is being asked: names the holder and until when it holds', () => {
    expect(explained({ items: [held('step:1', nowMs + 500)] }, [accepted()])).toMatchObject({
      summary: 'A worker is asking the model.',
      waits_for: {
        ...{ what: "the model's answer", holder: 'worker-1' },
        ...{ since: '1970-01-01T00:00:01.000Z', until: '1970-01-01T00:01:40.500Z' },
      },
      items: [{ item: 'step:1', state: 'held', attempt: 1, holder: 'worker-1' }],
    });
  });

  it('a run whose tools are running: names those that have not answered', () => {
    const facts = [...acting, toolAnswered('c1')];
    const items = [open('call:1.0', { isOpen: false }), held('call:1.1', nowMs + 500)];
    expect(explained({ items }, facts)).toMatchObject({
      summary: 'Tools are running: read_file.',
      waits_for: { what: 'the tools read_file', since: '1970-01-01T00:00:03.000Z' },
      items: [{ state: 'closed' }, { state: 'held' }],
    });
  });

  it('a run whose holder fell silent: names it and since when', () => {
    const items = [open('call:1.0'), held('call:1.1', nowMs - 500)];
    expect(explained({ items }, acting)).toMatchObject({
      summary:
        'The worker that held call:1.1 fell silent at 1970-01-01T00:01:39.500Z; another will take over.',
      waits_for: { what: 'a worker to take over call:1.1', holder: 'worker-1' },
    });
  });

  it.each([
    ['step:1', 'agent-orchestrator'],
    ['call:1.0', 'tool-executor'],
  ])('a run for whose %s nobody came: names the service that should', (item, service) => {
    expect(explained({ items: [open(item)] }, acting)).toMatchObject({
      ...{ summary: `No worker has taken ${item} yet.`, waits_for: { what: `a free ${service}` } },
      items: [{ item, state: 'open', attempt: 0 }],
    });
  });

  it('a run that waits for a subagent', () => {
    expect(explained({ items: [open('child:1.0')] }, acting)).toMatchObject({
      ...{ summary: 'The run waits for a subagent.', waits_for: { what: "a subagent's run" } },
    });
  });

  it('a run that waits for a subagent and for a tool that nobody has taken: the tool is what to look at', () => {
    expect(explained({ items: [open('child:1.0'), open('call:1.1')] }, acting).waits_for?.what).toBe(
      'a free tool-executor',
    );
  });

  it('a run that has succeeded, with its timeline', () => {
    const facts = [
      ...acting,
      toolAnswered('c1'),
      toolAnswered('c2', 'x', true),
      answered({ step: 2, content: 'Done.' }),
    ];
    const explanation = explained({ status: 'succeeded' }, [...facts, succeeded()]);
    expect(explanation).toMatchObject({ summary: 'The run has succeeded.', what_to_do: 'Nothing.' });
    expect(explanation).not.toHaveProperty('waits_for');
    expect(explanation.timeline.map(({ what }) => what)).toEqual([
      ...[
        'accepted',
        'model answered',
        'tool read_file answered well',
        'tool read_file answered with an error',
      ],
      ...['model answered', 'succeeded'],
    ]);
    expect(explanation.timeline[1]?.detail).toBe(
      'step 1, simulated/simulated, attempt 1, 7+3 tokens, 12 ms, asked for read_file, read_file',
    );
  });

  it('a run that has failed, and where to read on', () => {
    const explanation = explained({ status: 'failed' }, [accepted(), failed()]);
    expect(explanation).toMatchObject({
      summary: 'The run has failed: too many steps (LUM_STEP_LIMIT)',
      what_to_do: 'See LUM_STEP_LIMIT in docs/errors.md.',
    });
    expect(explanation.timeline.at(-1)).toMatchObject({
      what: 'failed',
      detail: 'too many steps (LUM_STEP_LIMIT)',
    });
  });

  it("tells nothing of the thread's other runs, and repeats nothing that was said", () => {
    const secret = 'CANARY-4711';
    const facts = [accepted(secret, 'other'), accepted(secret), answered({ content: secret, calls: ['c1'] })];
    const explanation = explained({ items: [open('call:1.0')] }, [...facts, toolAnswered('c9', secret)]);
    expect(explanation.timeline).toHaveLength(3);
    expect(JSON.stringify(explanation)).not.toContain(secret);
  });
});
