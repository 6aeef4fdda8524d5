import { describe, expect, it } from '@jest/globals';
import { register } from 'prom-client';
import { measureAnswer, measureOverdue, stuckCause } from './metrics';

const overdue = (rings: number, attempts: number, cause: 'lease' | 'doorbell' = 'lease') => ({
  ...{ run: 'r1', item: 'step:1', v: 1, place: 1, overdueMs: 2_000 },
  ...{ cause, rings, attempts },
});

const valueOf = async (name: string, labels: Record<string, string>): Promise<number | undefined> => {
  const { values = [] } = (await register.getSingleMetric(name)?.get()) ?? {};
  return values.find((value) =>
    Object.entries(labels).every(
      ([label, text]) => (value.labels as Record<string, unknown>)[label] === text,
    ),
  )?.value;
};

describe('what counts as stuck', () => {
  it.each([
    [0, 1, undefined],
    [3, 7, undefined],
    [4, 0, 'unclaimed'],
    [0, 8, 'retried'],
    [9, 9, 'retried'],
  ])('%i rings without an answer and %i attempts: %s', (rings, attempts, cause) => {
    expect(stuckCause({ rings, attempts })).toBe(cause);
  });
});

describe('the numbers of an answer that was given before', () => {
  it('are its own: no request, no tokens, no time of a model', async () => {
    measureAnswer({
      ...{ run: 'r1', at: 1, type: 'model.answered', step: 1, attempt: 1, finishReason: 'stop' },
      ...{ message: { role: 'assistant', id: 'm', content: 'x', toolCalls: [] }, model: 'cached/m' },
      ...{ usage: { inputTokens: 0, outputTokens: 0 }, costUsd: 0, durationMs: 1, timeToFirstTokenMs: 1 },
      isCached: true,
    });
    expect(await valueOf('lumina_llm_cached_answers_total', { provider: 'cached', model: 'm' })).toBe(1);
    for (const name of [
      'lumina_llm_requests_total',
      'lumina_llm_tokens_total',
      'lumina_llm_duration_seconds',
    ])
      expect(await valueOf(name, { provider: 'cached' })).toBeUndefined();
  });
});

describe('the numbers of what is overdue', () => {
  it('begin at 0, so that the first of each is seen', async () => {
    expect(await valueOf('lumina_runs_stuck_total', { cause: 'unclaimed' })).toBe(0);
    expect(await valueOf('lumina_runs_recovered_total', { cause: 'lease' })).toBe(0);
    expect(await valueOf('lumina_llm_requests_total', { status: 'error' })).toBe(0);
  });

  it('time a recovery once, however often it is tried', async () => {
    measureOverdue(overdue(0, 1));
    measureOverdue(overdue(1, 1));
    measureOverdue(overdue(5, 1, 'doorbell'));
    const { values = [] } = (await register.getSingleMetric('lumina_run_recovery_seconds')?.get()) ?? {};
    const counted = values as { metricName?: string; value: number }[];
    expect(counted.find(({ metricName }) => metricName?.endsWith('_count'))?.value).toBe(1);
    expect(counted.find(({ metricName }) => metricName?.endsWith('_sum'))?.value).toBe(2);
    expect(await valueOf('lumina_runs_recovered_total', { cause: 'lease' })).toBe(2);
    expect(await valueOf('lumina_runs_stuck_total', { cause: 'unclaimed' })).toBe(1);
  });
});
