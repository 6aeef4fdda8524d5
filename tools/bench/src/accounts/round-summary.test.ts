import { describe, expect, it } from '@jest/globals';
import { sampleRedis, sampleRound } from '../testing/sample-rounds';
import { summaryOf } from './round-summary';

describe('summaryOf', () => {
  it('relates cost to a thousand runs, whatever the round', () => {
    const rounds = [
      sampleRound(),
      sampleRound({
        runs: 500,
        cpuSeconds: { gateway: 1, redis: 0.5 },
        apart: { load: 0.1, model: 0.1, others: 0 },
      }),
    ];
    const found = summaryOf(rounds);
    expect(found.runs).toBe(1_500);
    expect(found.runsPerSecond).toEqual({ median: 75, min: 50, max: 100 });
    expect(found.cpuSeconds).toEqual({ median: 2, min: 1, max: 3 });
    expect(found.cpuSecondsByRole['redis']).toEqual({ median: 0.625, min: 0.25, max: 1 });
    expect(found.modelCpuSeconds?.max).toBe(0.2);
  });

  it('counts errors, and takes no average over a round that nobody answered', () => {
    const found = summaryOf([sampleRound(), sampleRound({ runs: 0, errors: { 'Error: 503': 4, other: 1 } })]);
    expect(found.errors).toBe(5);
    expect(found.cpuSeconds).toEqual({ median: 1, min: 1, max: 1 });
  });

  it('has the middle of what Redis was asked', () => {
    const rounds = [10, 14, 12].map((reads) =>
      sampleRound({ redis: sampleRedis({ reads, byCommand: { get: reads } }) }),
    );
    const { redisPerRun } = summaryOf(rounds);
    expect(redisPerRun?.reads).toBe(12);
    expect(redisPerRun?.byCommand).toEqual({ get: 12 });
    expect(summaryOf([sampleRound()]).redisPerRun).toBeUndefined();
  });

  it('has the middle of how late event loops turned', () => {
    const delays = [1, 9, 4].map((meanMs) => sampleRound({ loopDelay: { gateway: { meanMs, p99Ms: 10 } } }));
    expect(summaryOf(delays).loopDelay).toEqual({ gateway: { meanMs: 4, p99Ms: 10 } });
  });

  it('says nothing of nothing', () => {
    expect(summaryOf([])).toMatchObject({
      runs: 0,
      errors: 0,
      runsPerSecond: undefined,
      cpuSecondsByRole: {},
    });
  });
});
