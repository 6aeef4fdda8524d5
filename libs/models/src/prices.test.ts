import { describe, expect, it } from '@jest/globals';
import { costOf, modelPricesSchema } from './prices';

const prices = modelPricesSchema.parse({
  'openai/m': { inputUsdPerMillion: 1.25, outputUsdPerMillion: 10, since: '2026-01-01' },
});

describe('the cost of an answer', () => {
  it('is tokens by price', () => {
    const usage = { inputTokens: 2_000_000, outputTokens: 100_000 };
    expect(costOf(prices, 'openai/m', usage)).toEqual({ costUsd: 3.5, isPriceKnown: true });
  });

  it.each([
    ['openai/other', false],
    ['openai/constructor', false],
    ['constructor', false],
    ['ollama/qwen3', true],
    ['simulated/simulated', true],
  ])('of %s is 0 (known: %s)', (ref, isPriceKnown) => {
    expect(costOf(prices, ref, { inputTokens: 5, outputTokens: 5 })).toEqual({ costUsd: 0, isPriceKnown });
  });

  it('refuses prices without a date, below zero or under a name that is no model', () => {
    const price = { inputUsdPerMillion: 1, outputUsdPerMillion: 1, since: '2026-01-01' };
    expect(modelPricesSchema.safeParse({ gpt: price }).success).toBe(false);
    expect(modelPricesSchema.safeParse({ 'a/b': { ...price, since: 'today' } }).success).toBe(false);
    expect(modelPricesSchema.safeParse({ 'a/b': { ...price, inputUsdPerMillion: -1 } }).success).toBe(false);
  });
});
