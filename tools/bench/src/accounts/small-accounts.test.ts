import { describe, expect, it } from '@jest/globals';
import { addedOf } from './added';
import { spent, total } from './by-role';
import { loopDelayIn } from './event-loop';
import { memoryTrend } from './memory-trend';
import { StreamEar, streamSummary } from './stream-record';

describe('by role', () => {
  it('has what has come since, also to a role that was not there before', () => {
    const found = spent({ a: 1, gone: 5 }, { a: 3, b: 4 });
    expect(found).toEqual({ a: 2, b: 4 });
    expect(total(found)).toBe(6);
  });
});

describe('addedOf', () => {
  const quantiles = (p50: number) => ({ p50, p95: p50 * 2, p99: p50 * 3, max: p50 * 4 });

  it('compares rounds of the same turn', () => {
    const added = addedOf([quantiles(10), quantiles(20)], [quantiles(1), quantiles(15)]);
    expect(added.p50Ms).toEqual({ median: 7, min: 5, max: 9 });
    expect(added.p99Ms).toEqual({ median: 21, min: 15, max: 27 });
  });

  it('leaves out a round in which one of them answered nobody', () => {
    expect(addedOf([undefined, quantiles(3)], [quantiles(1), quantiles(1)]).p50Ms?.median).toBe(2);
    expect(addedOf([quantiles(3)], []).p50Ms).toBeUndefined();
  });
});

describe('loopDelayIn', () => {
  it('reads milliseconds from a page with labels or without', () => {
    const page = 'nodejs_eventloop_lag_mean_seconds{app="x"} 0.002\nnodejs_eventloop_lag_p99_seconds 0.03\n';
    expect(loopDelayIn(page)).toEqual({ meanMs: 2, p99Ms: 30 });
  });

  it.each([
    '',
    'nodejs_eventloop_lag_mean_seconds 1\n',
    'nodejs_eventloop_lag_mean_seconds Nan\nnodejs_eventloop_lag_p99_seconds Nan\n',
  ])('finds nothing in %j', (page) => {
    expect(loopDelayIn(page)).toBeUndefined();
  });
});

describe('memoryTrend', () => {
  const samples = (bytesAt: (second: number) => number) =>
    Array.from({ length: 100 }, (_one, second) => ({ atSeconds: second, bytes: bytesAt(second) }));

  it('finds the slope of the second half', () => {
    expect(memoryTrend(samples((second) => 1_000 + second * 2)).bytesPerHour).toBeCloseTo(7_200);
  });

  it('is flat when a process has grown into its work', () => {
    const grown = memoryTrend(samples((second) => Math.min(second, 40) * 100));
    expect(grown).toEqual({ medianBytes: 4_000, maxBytes: 4_000, bytesPerHour: 0 });
  });

  it('has no slope through one sample', () => {
    expect(memoryTrend([{ atSeconds: 3, bytes: 7 }])).toEqual({
      medianBytes: 7,
      maxBytes: 7,
      bytesPerHour: 0,
    });
  });
});

describe('what is heard of a stream', () => {
  function heard(...at: readonly number[]) {
    let now = 100;
    const ear = new StreamEar(() => now);
    for (const ms of at) {
      now = 100 + ms;
      ear.hear('word ');
      ear.hear('');
    }
    return ear.record(50);
  }

  it('has the first word, the last, and the gaps between', () => {
    expect(heard(5, 25, 65)).toEqual({
      firstMs: 5,
      lastMs: 65,
      gapsMs: [20, 40],
      pieces: 3,
      characters: 15,
      bytes: 50,
    });
  });

  it('is none without a word', () => {
    expect(() => heard()).toThrow('a stream without a word');
  });

  it('puts many together', () => {
    expect(streamSummary([heard(5, 25), heard(7, 47, 57)])).toMatchObject({
      streams: 2,
      firstMs: { p50: 5, max: 7 },
      gapMs: { p50: 20, max: 40 },
      piecesPerStream: 2.5,
    });
  });
});
