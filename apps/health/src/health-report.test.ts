import { describe, expect, it } from '@jest/globals';
import { healthReport, historyReport } from './health-report';

const check = (isHealthy: boolean) => ({ isHealthy, detail: 'seen', latencyMs: 1.23456, checkedAtMs: 0 });

describe('the report', () => {
  it('has the names and forms that clients rely on', () => {
    const checks = { redis: check(true), checkpointer: check(true), llm: check(false) };
    const report = healthReport({ status: 'degraded', checks, atMs: 5 });
    expect(report).toEqual({
      status: 'degraded',
      llm_healthy: false,
      redis_healthy: true,
      checkpointer_healthy: true,
      checks: {
        redis: { healthy: true, detail: 'seen', latency_ms: 1.23, checked_at: '1970-01-01T00:00:00.000Z' },
        checkpointer: expect.objectContaining({ healthy: true }),
        llm: expect.objectContaining({ healthy: false }),
      },
    });
  });

  it('takes nothing for well before anything was looked at', () => {
    expect(healthReport(undefined)).toEqual({
      status: 'unhealthy',
      llm_healthy: false,
      redis_healthy: false,
      checkpointer_healthy: false,
      checks: {},
    });
  });

  it('tells the history with times that people read', () => {
    const change = {
      subject: 'status',
      from: 'unknown',
      to: 'healthy',
      detail: 'every check is well',
    } as const;
    expect(historyReport([{ atMs: 1_000, ...change }])).toEqual({
      transitions: [{ at: '1970-01-01T00:00:01.000Z', ...change }],
    });
  });
});
