import { describe, expect, it } from '@jest/globals';
import { retryAfterMs, retryDelayMs } from './retry-delay';

const nowMs = Date.parse('2026-11-01T12:00:00Z');

describe('what a response asks for', () => {
  it.each([
    [{ 'retry-after': '3' }, 3_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': 'Sun, 01 Nov 2026 12:00:07 GMT' }, 7_000],
    [{ 'retry-after': 'Sun, 01 Nov 2026 11:00:00 GMT' }, 0],
    [{ 'retry-after-ms': '120', 'retry-after': '9' }, 120],
    [{ 'retry-after-ms': 'soon', 'retry-after': ['9', '8'] }, 9_000],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-5' }, undefined],
    [{ 'retry-after': '' }, undefined],
    [{}, undefined],
  ])('%j', (headers, expected) => {
    expect(retryAfterMs(headers, nowMs)).toBe(expected);
  });
});

describe('the wait', () => {
  it('is jittered over a ceiling that doubles and stops', () => {
    expect([1, 2, 3, 20].map((attempt) => retryDelayMs(attempt, undefined, () => 1))).toEqual([
      500, 1_000, 2_000, 8_000,
    ]);
    expect(retryDelayMs(3, undefined, () => 0)).toBe(0);
  });

  it('is what the provider asks, a little spread, and never much over 20 s', () => {
    expect(retryDelayMs(1, 3_000, () => 0)).toBe(3_000);
    expect(retryDelayMs(1, 3_000, () => 1)).toBe(3_250);
    expect(retryDelayMs(1, 3_600_000, () => 0)).toBe(20_000);
  });
});
