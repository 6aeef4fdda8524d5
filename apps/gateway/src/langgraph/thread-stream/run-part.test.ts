import { describe, expect, it } from '@jest/globals';
import type { Fact } from '@lumina/contracts';
import { accepted, answered, eventsOf, failed, run, succeeded, thread } from '../../testing/facts';
import { Projection } from '../projection';
import type { StreamMode } from '../stream-modes';
import { RunPart, type ThreadStreamMode } from './run-part';

const asked: Fact = {
  ...{ run, at: 3_000, type: 'approval.asked', item: 'ask:1.0', callId: 'c1', why: 'policy' },
  ...{ argsDigest: 'd', expiresAt: 9_000 },
};
const refused: Fact = {
  ...{ run, at: 3_500, type: 'approval.given', item: 'ask:1.0', callId: 'c1', by: 'alex' },
  ...{ decision: 'reject', argsDigest: 'd' },
};
const done = { status: 'run_done', run_id: run };

function show(facts: readonly Fact[], modes: readonly ThreadStreamMode[], shown: readonly StreamMode[] = []) {
  const projection = new Projection({ run, thread, agent: 'lumina', assistantId: 'a1' }, new Set(shown));
  const part = new RunPart(run, projection, new Set(modes));
  return eventsOf(...facts).flatMap((event) => part.take(event));
}
const named = (frames: ReturnType<typeof show>) => frames.map(({ event }) => event);

describe('RunPart', () => {
  it('ends with a word that the run is done, behind what failed', () => {
    const frames = show([accepted(), failed()], ['run_modes']);
    expect(named(frames)).toEqual(['metadata', 'error', 'metadata']);
    expect(frames.at(-1)?.data).toEqual(done);
  });

  it('shows what the run was asked to show', () => {
    const facts = [accepted(), answered({ content: 'Hello.' }), succeeded()];
    expect(named(show(facts, ['run_modes'], ['values']))).toEqual([
      'metadata',
      'values',
      'values',
      'metadata',
    ]);
  });

  it('is done where it rests, and begins where it goes on', () => {
    const facts = [accepted(), answered({ calls: ['c1'] }), asked, refused];
    const frames = show(facts, ['run_modes'], ['updates']);
    expect(named(frames)).toEqual(['metadata', 'updates', 'updates', 'metadata', 'metadata']);
    expect(frames.slice(3).map(({ data }) => data)).toEqual([done, { run_id: run, attempt: 1 }]);
  });

  it('has its beginnings and ends alone, in the same places, for who wants no more', () => {
    const facts = [accepted(), answered({ content: 'Hello.' }), failed()];
    const all = show(facts, ['run_modes'], ['values', 'updates']);
    const some = show(facts, ['lifecycle', 'state_update'], ['values', 'updates']);
    expect(some).toEqual(all.filter(({ event }) => event === 'metadata'));
    expect(show(facts, ['state_update'])).toEqual([]);
  });
});
