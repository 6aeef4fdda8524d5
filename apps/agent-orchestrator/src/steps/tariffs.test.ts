import { describe, expect, it } from '@jest/globals';
import { wideBudgetSchema } from '@lumina/contracts';
import type { ModelPrices } from '@lumina/models';
import { lumina } from '../testing/bench';
import { Tariffs } from './tariffs';

const since = (day: string, usd: number) => ({
  inputUsdPerMillion: usd,
  outputUsdPerMillion: usd,
  since: day,
});
const dayMs = Date.parse('2026-07-01T00:00:00Z');
const budgets = [wideBudgetSchema.parse({ scope: 'tenant', period: 'day', costUsd: 1 })];

/** Tariffs by a clock that is set. */
function tariffsAt(prices: ModelPrices) {
  const clock = { nowMs: dayMs - 3_600_000 };
  const tariffs = new Tariffs({ budgets, prices, nowMs: () => clock.nowMs });
  const look = (nowMs: number) => {
    clock.nowMs = nowMs;
    const { models } = tariffs.of(lumina, ['a/b'], []);
    return { print: tariffs.print, nanos: models[0]?.output };
  };
  return { tariffs, look };
}

describe('what is held before a call', () => {
  it('follows the price of the time; whoever holds at the old one is not found any more', () => {
    const { look } = tariffsAt({ 'a/b': [since('2026-01-01', 1), since('2026-07-01', 2)] });
    const before = look(dayMs - 3_600_000);
    expect(before.nanos).toBe(1_000);
    expect(look(dayMs - 61_000)).toEqual(before);
    const after = look(dayMs + 1);
    expect(after.nanos).toBe(2_000);
    expect(after.print).not.toBe(before.print);
    expect(look(dayMs + 86_400_000)).toEqual(after);
  });

  it('is never less than the call may cost that begins a little later', () => {
    const dearer = tariffsAt({ 'a/b': [since('2026-01-01', 1), since('2026-07-01', 2)] });
    expect(dearer.look(dayMs - 30_000).nanos).toBe(2_000);
    const cheaper = tariffsAt({ 'a/b': [since('2026-01-01', 2), since('2026-07-01', 1)] });
    expect(cheaper.look(dayMs - 30_000).nanos).toBe(2_000);
    expect(cheaper.look(dayMs + 1).nanos).toBe(1_000);
  });

  it('counts input at what writing it into a cache costs, where that is more', () => {
    const price = { ...since('2026-01-01', 3), cacheWriteUsdPerMillion: 3.75 };
    const { tariffs } = tariffsAt({ 'a/b': price });
    expect(tariffs.of(lumina, ['a/b'], []).models).toEqual([{ name: 'a/b', input: 3_750, output: 3_000 }]);
  });
});
