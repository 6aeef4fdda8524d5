import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { median, quantilesOf, spreadOf } from './spread';

describe('spreadOf', () => {
  it('has the middle, the least and the greatest', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
    expect(spreadOf([4, 1])).toEqual({ median: 2.5, min: 1, max: 4 });
    expect(spreadOf([])).toBeUndefined();
  });

  it('has as many values below the median as above it', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const middle = median(values);
        const below = values.filter((value) => value < middle).length;
        const above = values.filter((value) => value > middle).length;
        expect(Math.max(below, above)).toBeLessThanOrEqual(values.length / 2);
      }),
    );
  });
});

describe('quantilesOf', () => {
  it('takes values that were measured, by nearest rank', () => {
    const values = Array.from({ length: 100 }, (_one, index) => 100 - index);
    expect(quantilesOf(values)).toEqual({ p50: 50, p95: 95, p99: 99, max: 100 });
    expect(quantilesOf([7])).toEqual({ p50: 7, p95: 7, p99: 7, max: 7 });
    expect(quantilesOf([])).toBeUndefined();
  });
});
