import { describe, expect, it } from '@jest/globals';
import { Counter, Gauge, Histogram, register } from 'prom-client';
import './metrics-off';

const about = (name: string) => ({ name, help: 'Of a test.' });
const valuesOf = async (name: string): Promise<readonly number[]> =>
  ((await register.getSingleMetric(name)?.get())?.values ?? []).map(({ value }) => value);

describe('metrics that are not kept', () => {
  it('are made as ever, and stay at 0', async () => {
    new Counter(about('test_total')).inc(3);
    new Gauge(about('test_now')).set(3);
    new Histogram({ ...about('test_seconds'), buckets: [1] }).observe(3);
    for (const name of ['test_total', 'test_now', 'test_seconds'])
      expect([name, new Set(await valuesOf(name))]).toEqual([name, new Set([0])]);
  });
});
