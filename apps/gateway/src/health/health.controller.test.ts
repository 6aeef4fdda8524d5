import { describe, expect, it } from '@jest/globals';
import type { HealthSnapshot } from '@lumina/contracts';
import type { FastifyReply } from 'fastify';
import { HealthController, healthView } from './health.controller';

const check = (isHealthy: boolean) => ({ isHealthy, detail: 'looked', latencyMs: 1.26, checkedAtMs: 0 });
const all = { llm: check(true), redis: check(true), checkpointer: check(true), disk: check(false) };
const snapshotOf = (changes: Partial<HealthSnapshot> = {}): HealthSnapshot => ({
  ...{ status: 'healthy', checks: all, atMs: Date.now() },
  ...changes,
});

async function asked(read: () => Promise<HealthSnapshot | undefined>) {
  let status = 200;
  const reply = { status: (code: number) => void (status = code) } as unknown as FastifyReply;
  const body = await new HealthController({ read }).health(reply);
  return { status, body };
}

describe('GET /health', () => {
  it('shows what the health service saw last', async () => {
    expect(await asked(async () => snapshotOf())).toEqual({
      status: 200,
      body: {
        ...{ status: 'healthy', llm_healthy: true, redis_healthy: true, checkpointer_healthy: true },
        checks: expect.objectContaining({
          llm: { healthy: true, detail: 'looked', latency_ms: 1.3, checked_at: '1970-01-01T00:00:00.000Z' },
        }),
      },
    });
  });

  it.each([
    ['degraded', 200],
    ['unhealthy', 503],
  ] as const)('answers %s with %s', async (status, code) => {
    expect(await asked(async () => snapshotOf({ status }))).toMatchObject({ status: code, body: { status } });
  });

  it.each([
    ['nothing', async () => undefined],
    ['something old', async () => snapshotOf({ atMs: Date.now() - 20_001 })],
  ])('is degraded when it finds %s: Redis answers, but nobody watches', async (_what, read) => {
    expect(await asked(read)).toMatchObject({
      status: 200,
      body: { status: 'degraded', llm_healthy: false, redis_healthy: true, checkpointer_healthy: false },
    });
  });

  it('is unhealthy when Redis does not answer', async () => {
    expect(await asked(() => Promise.reject(new Error('away')))).toMatchObject({
      status: 503,
      body: { status: 'unhealthy', redis_healthy: false, checks: { redis: { healthy: false } } },
    });
  });

  it('takes what was not checked for not healthy', () => {
    expect(healthView(snapshotOf({ checks: {} }))).toMatchObject({ llm_healthy: false, checks: {} });
  });
});
