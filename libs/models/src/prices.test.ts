import { describe, expect, it } from '@jest/globals';
import { costOf, modelPricesSchema, nextPriceChangeMs, priceAt } from './prices';

const prices = modelPricesSchema.parse({
  'openai/m': { inputUsdPerMillion: 1.25, outputUsdPerMillion: 10, since: '2026-01-01' },
});

const atMs = Date.parse('2026-06-01T12:00:00Z');

describe('the cost of an answer', () => {
  it('is tokens by price', () => {
    const usage = { inputTokens: 2_000_000, outputTokens: 100_000 };
    expect(costOf(prices, 'openai/m', usage, atMs)).toEqual({ costUsd: 3.5, isPriceKnown: true });
  });

  it.each([
    ['openai/other', false],
    ['openai/constructor', false],
    ['constructor', false],
    ['ollama/qwen3', true],
    ['simulated/simulated', true],
  ])('of %s is 0 (known: %s)', (ref, isPriceKnown) => {
    expect(costOf(prices, ref, { inputTokens: 5, outputTokens: 5 }, atMs)).toEqual({
      costUsd: 0,
      isPriceKnown,
    });
  });

  it('refuses prices without a date, below zero or under a name that is no model', () => {
    const price = { inputUsdPerMillion: 1, outputUsdPerMillion: 1, since: '2026-01-01' };
    expect(modelPricesSchema.safeParse({ gpt: price }).success).toBe(false);
    expect(modelPricesSchema.safeParse({ 'a/b': { ...price, since: 'today' } }).success).toBe(false);
    expect(modelPricesSchema.safeParse({ 'a/b': { ...price, inputUsdPerMillion: -1 } }).success).toBe(false);
  });
});

describe('prices that change', () => {
  const since = (day: string, usd: number) => ({
    inputUsdPerMillion: usd,
    outputUsdPerMillion: usd,
    since: day,
  });
  const changing = modelPricesSchema.parse({
    'a/b': [since('2026-07-01', 2), since('2026-01-01', 1), since('2026-09-15', 3)],
    'c/d': since('2026-08-01', 9),
  });
  const costs = (at: string): number =>
    costOf(changing, 'a/b', { inputTokens: 1_000_000, outputTokens: 0 }, Date.parse(at)).costUsd;

  it.each([
    ['2025-12-31T23:59:59Z', 1],
    ['2026-06-30T23:59:59.999Z', 1],
    ['2026-07-01T00:00:00Z', 2],
    ['2026-09-14T23:59:59Z', 2],
    ['2030-01-01T00:00:00Z', 3],
  ])('count as they hold at the time of the call: %s', (at, usd) => {
    expect(costs(at)).toBe(usd);
  });

  it('hold from the first on also before it begins', () => {
    expect(priceAt(changing, 'c/d', Date.parse('2026-01-01'))).toMatchObject({ inputUsdPerMillion: 9 });
    expect(priceAt(changing, 'toString', 0)).toBeUndefined();
  });

  it('say when the next change is', () => {
    expect(nextPriceChangeMs(changing, Date.parse('2026-07-01'))).toBe(Date.parse('2026-08-01'));
    expect(nextPriceChangeMs(changing, Date.parse('2026-09-15'))).toBeUndefined();
  });
});
