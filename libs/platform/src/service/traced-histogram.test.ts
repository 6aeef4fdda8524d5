import { describe, expect, it } from '@jest/globals';
import { register } from 'prom-client';
import { TracedHistogram } from './traced-histogram';

const seconds = new TracedHistogram({
  ...{ name: 'test_seconds', help: 'Of a test.', buckets: [1, 5] },
  labelNames: ['outcome'],
});
const context = (isSampled: boolean, digit: string) => ({
  ...{ traceId: digit.repeat(32), spanId: '1'.repeat(16) },
  isSampled,
});

interface Told {
  readonly value: number;
  readonly labels: { readonly le?: string | number };
  readonly exemplar?: { readonly labelSet: object; readonly value: number } | null;
}
const buckets = async (): Promise<readonly unknown[]> => {
  const { values = [] } = (await register.getSingleMetric('test_seconds')?.get()) ?? {};
  return (values as unknown as readonly Told[])
    .filter(({ labels }) => labels.le !== undefined)
    .map(({ labels: { le }, value, exemplar }) => [le, value, exemplar?.labelSet, exemplar?.value]);
};

describe('a histogram with exemplars', () => {
  it('begins at 0', async () => {
    seconds.zero({ outcome: 'ok' });
    expect(await buckets()).toEqual([1, 5, '+Inf'].map((le) => [le, 0, undefined, undefined]));
  });

  it('names the last trace of each bucket, where there is one that is recorded', async () => {
    seconds.observe({ outcome: 'ok' }, 3, context(true, 'a'));
    seconds.observe({ outcome: 'ok' }, 4, context(true, 'b'));
    seconds.observe({ outcome: 'ok' }, 2, context(false, 'c'));
    seconds.observe({ outcome: 'ok' }, 2, undefined);
    seconds.observe({ outcome: 'ok' }, 9, context(true, 'd'));
    expect(await buckets()).toEqual([
      [1, 0, undefined, undefined],
      [5, 4, { trace_id: 'b'.repeat(32) }, 4],
      ['+Inf', 5, { trace_id: 'd'.repeat(32) }, 9],
    ]);
  });
});
