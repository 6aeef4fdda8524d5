import { describe, expect, it } from '@jest/globals';
import type { Fact } from '@lumina/contracts';
import { accepted, journalOf, run, succeeded, thread } from '../../testing/facts';
import { ThreadParts } from './thread-parts';

const waiting = '66666666-6666-4666-8666-666666666666';
const cancelled = (of: string): Fact => ({ run: of, at: 2_000, type: 'run.cancelled' });
const updated: Fact = { run: '', at: 5_000, type: 'thread.updated', messages: [] };

/** A journal that grows, and how often it was read from where. */
function growing(...facts: readonly Fact[]) {
  const all = [...facts];
  const reads: number[] = [];
  const entriesAfter = async (_thread: string, position: number) => {
    reads.push(position);
    return journalOf(...all).slice(position);
  };
  return { parts: new ThreadParts({ entriesAfter }, thread), grow: (fact: Fact) => all.push(fact), reads };
}

describe('ThreadParts', () => {
  it('are runs and changes, in the order in which they begin', async () => {
    const { parts } = growing(accepted(), succeeded(), updated, accepted('again', waiting));
    await parts.refresh();
    expect(parts.from(1)).toEqual({ kind: 'run', position: 1, run });
    expect(parts.from(2)).toMatchObject({ kind: 'update', position: 3 });
    expect(parts.from(4)).toEqual({ kind: 'run', position: 4, run: waiting });
    expect(parts.from(5)).toBeUndefined();
    expect(parts.beginningOf(waiting)).toBe(4);
  });

  it('have each run once, also one that is cancelled while it waits for another', async () => {
    const { parts } = growing(accepted(), cancelled(waiting), succeeded());
    await parts.refresh();
    expect(parts.from(2)).toEqual({ kind: 'run', position: 2, run: waiting });
    expect(parts.from(3)).toBeUndefined();
  });

  it('grow as the journal does, which is read on and not again', async () => {
    const { parts, grow, reads } = growing(accepted());
    await parts.refresh();
    grow(succeeded());
    grow(updated);
    await parts.refresh();
    expect(parts.from(2)).toMatchObject({ kind: 'update', position: 3 });
    expect(reads).toEqual([0, 1]);
    expect(parts.journalLength).toBe(3);
  });
});
