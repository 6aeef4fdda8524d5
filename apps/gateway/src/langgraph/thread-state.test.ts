import { describe, expect, it } from '@jest/globals';
import type { Fact } from '@lumina/contracts';
import {
  accepted,
  answered,
  failed,
  journalOf,
  run,
  runSnapshot,
  succeeded,
  thread,
  threadSnapshot,
  toolAnswered,
} from '../testing/facts';
import { checkpointId, positionOf } from './checkpoint';
import { runView, threadState, threadView } from './thread-state';

const busy = threadSnapshot({ activeRun: run });
const at = (position: number) => ({ position, interrupts: [] });

describe('a thread, for LangGraph clients', () => {
  it('is the fold of its journal, with a checkpoint at its end', () => {
    const journal = journalOf(accepted('hello'), answered({ content: 'Hi.' }), succeeded());
    expect(threadState(threadSnapshot({ metadata: { a: 1 } }), journal, at(3))).toMatchObject({
      values: {
        messages: [
          { type: 'human', content: 'hello' },
          { type: 'ai', content: 'Hi.' },
        ],
      },
      ...{ next: [], tasks: [], metadata: { a: 1, step: 3 }, created_at: '1970-01-01T00:00:04.000Z' },
      checkpoint: { thread_id: thread, checkpoint_id: checkpointId(3) },
      parent_checkpoint: { checkpoint_id: checkpointId(2) },
    });
  });

  it('names what comes next while a run is under way', () => {
    const next = (...facts: readonly Fact[]) => threadState(busy, journalOf(...facts), at(facts.length)).next;
    expect(next(accepted())).toEqual(['agent']);
    expect(next(accepted(), answered({ calls: ['c1'] }))).toEqual(['tools']);
    expect(next(accepted(), answered({ calls: ['c1'] }), toolAnswered('c1'))).toEqual(['agent']);
    expect(next()).toEqual([]);
  });

  it('is empty before its first run', () => {
    expect(threadState(threadSnapshot(), [], at(0))).toMatchObject({
      ...{
        values: { messages: [] },
        next: [],
        created_at: '1970-01-01T00:00:00.500Z',
        parent_checkpoint: null,
      },
    });
    expect(threadView(threadSnapshot(), [], [])).toMatchObject({ status: 'idle', values: null });
  });

  it('is busy, idle, or in error after a run that failed', () => {
    expect(threadView(busy, journalOf(accepted()), []).status).toBe('busy');
    expect(threadView(threadSnapshot(), journalOf(accepted(), succeeded()), []).status).toBe('idle');
    expect(threadView(threadSnapshot(), journalOf(accepted(), failed()), []).status).toBe('error');
  });

  it('writes a checkpoint as a UUID, reads it back, and knows no other', () => {
    expect(checkpointId(255)).toBe('00000000-0000-8000-8000-0000000000ff');
    expect(positionOf(checkpointId(255), 255)).toBe(255);
    for (const id of [checkpointId(256), '', thread, `${checkpointId(1)}0`]) {
      expect(() => positionOf(id, 255)).toThrow(
        expect.objectContaining({ code: 'LUM_CHECKPOINT_NOT_FOUND' }),
      );
    }
    expect(new Set(Array.from({ length: 300 }, (_one, position) => checkpointId(position))).size).toBe(300);
  });
});

describe('a run, for LangGraph clients', () => {
  it.each([
    ['queued', 'pending'],
    ['running', 'running'],
    ['succeeded', 'success'],
    ['failed', 'error'],
  ] as const)('that is %s is shown as %s', (status, shown) => {
    expect(runView(runSnapshot({ status }))).toMatchObject({
      ...{ run_id: run, thread_id: thread, status: shown, created_at: '1970-01-01T00:00:00.500Z' },
      metadata: { graph_id: 'lumina' },
    });
  });
});
