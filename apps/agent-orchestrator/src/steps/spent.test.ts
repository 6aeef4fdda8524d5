import { describe, expect, it } from '@jest/globals';
import type { AnswerPart } from '@lumina/contracts';
import type { ModelAnswer, ModelOutcome } from '@lumina/models';
import { spentOf } from './spent';

const part = (changes: Partial<AnswerPart> = {}): AnswerPart => ({
  model: 'a/b',
  at: 5,
  reason: 'broke off',
  usage: { inputTokens: 10, outputTokens: 2 },
  costUsd: 0.01,
  isStitched: false,
  ...changes,
});

const answered = (parts: readonly AnswerPart[] = []): ModelOutcome => {
  const answer: ModelAnswer = {
    message: { content: 'x', toolCalls: [] },
    usage: { inputTokens: 100, outputTokens: 20, cachedInputTokens: 40 },
    finishReason: 'stop',
    model: 'c/d',
    durationMs: 1,
    timeToFirstTokenMs: 1,
    costUsd: 0.5,
    isPriceKnown: true,
    isUsageEstimated: false,
    attempts: 1 + parts.length,
    parts,
  };
  return { kind: 'answered', answer };
};

const failed = (parts?: readonly AnswerPart[]): ModelOutcome => ({
  ...{ kind: 'failed', code: 'LUM_MODEL_UNAVAILABLE', message: 'away', attempts: 3 },
  ...(parts === undefined ? {} : { parts }),
});

const nothingShown = { broken: 0, hasBegun: false };
const spent = { agent: 'lumina', model: '', inputTokens: 0, outputTokens: 0, costUsd: 0 };

describe('what a question came to', () => {
  it('is what the answer says, to the last cached token', () => {
    expect(spentOf('lumina', answered(), { broken: 0, hasBegun: true })).toEqual({
      ...spent,
      ...{ model: 'c/d', inputTokens: 100, outputTokens: 20, cachedInputTokens: 40, costUsd: 0.5, lost: 0 },
    });
  });

  it('is nothing but a call where the answer was given before', () => {
    const before = answered();
    if (before.kind !== 'answered') throw new Error(before.kind);
    const usage = { inputTokens: 0, outputTokens: 0 };
    const outcome = { ...before, answer: { ...before.answer, usage, costUsd: 0, isCached: true as const } };
    const cached = { ...spent, model: 'c/d', lost: 0, cached: 1 };
    expect(spentOf('lumina', outcome, { broken: 0, hasBegun: true })).toEqual(cached);
  });

  it.each([
    ['broke off, and a part says what it cost', [part()], 1, 0],
    ['broke off, and nobody says what it cost', [], 1, 1],
    ['broke off twice, and a part says what one cost', [part()], 2, 1],
    ['was gone on with: it is in the answer, and nothing was taken back', [part({ isStitched: true })], 0, 0],
    ['was gone on with, and another was taken back before', [part({ isStitched: true })], 1, 1],
    ['was summed up: a part that nobody saw', [part(), part()], 1, 0],
  ])('that %s', (_what, parts, broken, lost) => {
    expect(spentOf('lumina', answered(parts), { broken, hasBegun: true })?.lost).toBe(lost);
  });

  it('is nothing where no model took it', () => {
    expect(spentOf('lumina', failed(), nothingShown)).toBeUndefined();
    expect(spentOf('lumina', failed([]), nothingShown)).toBeUndefined();
  });

  it('that failed is the sum of its parts, at the model that was asked last', () => {
    const parts = [part(), part({ model: 'c/d', usage: { inputTokens: 7, outputTokens: 1 }, costUsd: 0.25 })];
    expect(spentOf('lumina', failed(parts), { broken: 1, hasBegun: true })).toEqual({
      ...spent,
      ...{ model: 'c/d', inputTokens: 17, outputTokens: 3, costUsd: 0.26, lost: 0 },
    });
  });

  it.each([
    ['with words on view and no part', undefined, { broken: 0, hasBegun: true }, 1],
    ['with words on view, after others, and one part', [part()], { broken: 1, hasBegun: true }, 1],
    ['with a part for each', [part(), part()], { broken: 1, hasBegun: true }, 0],
    ['with more parts than were seen', [part(), part()], nothingShown, 0],
  ])('that failed %s', (_what, parts, unfinished, lost) => {
    expect(spentOf('lumina', failed(parts), unfinished)?.lost).toBe(lost);
  });

  it('that was cut off counts as lost, with all that broke off before', () => {
    expect(spentOf('lumina', { kind: 'aborted' }, nothingShown)).toEqual({ ...spent, lost: 1 });
    expect(spentOf('lumina', { kind: 'aborted' }, { broken: 2, hasBegun: true })).toEqual({
      ...spent,
      lost: 3,
    });
  });
});
