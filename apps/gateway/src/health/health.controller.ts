import type { HealthCheck, HealthSnapshot } from '@lumina/contracts';
import type { HealthBoard } from '@lumina/store';
import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { HEALTH } from '../tokens';

/** A snapshot older than this says nothing about now. */
const staleAfterMs = 20_000;

@ApiTags('Health')
@Controller('health')
export class HealthController {
  constructor(@Inject(HEALTH) private readonly board: Pick<HealthBoard, 'read'>) {}

  @Get()
  @ApiOperation({ summary: 'How the system is, as the health service saw it last' })
  async health(@Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    const snapshot = await this.read();
    if (snapshot.status === 'unhealthy') reply.status(503);
    return healthView(snapshot);
  }

  private async read(): Promise<HealthSnapshot> {
    try {
      const snapshot = await this.board.read();
      const ageMs = Date.now() - (snapshot?.atMs ?? 0);
      return snapshot !== undefined && ageMs < staleAfterMs ? snapshot : unwatched();
    } catch {
      return alone('redis', 'unhealthy', 'Redis does not answer the gateway.');
    }
  }
}

const unwatched = (): HealthSnapshot => {
  const snapshot = alone(
    'health_service',
    'degraded',
    'The health service has not reported lately; Redis answers the gateway.',
  );
  const seen = { isHealthy: true, detail: 'answers the gateway', latencyMs: 0, checkedAtMs: snapshot.atMs };
  return { ...snapshot, checks: { ...snapshot.checks, redis: seen } };
};

function alone(name: string, status: HealthSnapshot['status'], detail: string): HealthSnapshot {
  const atMs = Date.now();
  return { status, atMs, checks: { [name]: { isHealthy: false, detail, latencyMs: 0, checkedAtMs: atMs } } };
}

export function healthView({ status, checks }: HealthSnapshot) {
  const isHealthy = (name: string): boolean => checks[name]?.isHealthy ?? false;
  return {
    status,
    llm_healthy: isHealthy('llm'),
    redis_healthy: isHealthy('redis'),
    checkpointer_healthy: isHealthy('checkpointer'),
    checks: Object.fromEntries(Object.entries(checks).map(([name, check]) => [name, checkView(check)])),
  };
}

const checkView = ({ isHealthy, detail, latencyMs, checkedAtMs }: HealthCheck) => ({
  healthy: isHealthy,
  detail,
  latency_ms: Math.round(latencyMs * 10) / 10,
  checked_at: new Date(checkedAtMs).toISOString(),
});
