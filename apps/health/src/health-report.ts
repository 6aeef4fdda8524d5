import type { HealthCheck, HealthSnapshot } from '@lumina/contracts';
import type { Transition } from './rounds/history';

/** The answer of `GET /health`. Times as ISO 8601. */
export interface HealthReport {
  readonly status: HealthSnapshot['status'];
  readonly llm_healthy: boolean;
  readonly redis_healthy: boolean;
  readonly checkpointer_healthy: boolean;
  readonly checks: Readonly<Record<string, CheckReport>>;
}

export interface CheckReport {
  readonly healthy: boolean;
  readonly detail: string;
  readonly latency_ms: number;
  readonly checked_at: string;
}

/** The answer of `GET /health/history`, oldest first. */
export interface HistoryReport {
  readonly transitions: readonly {
    readonly at: string;
    readonly subject: string;
    readonly from: string;
    readonly to: string;
    readonly detail: string;
  }[];
}

const isoTime = (atMs: number): string => new Date(atMs).toISOString();

const checkReport = ({ isHealthy, detail, latencyMs, checkedAtMs }: HealthCheck): CheckReport => ({
  healthy: isHealthy,
  detail,
  latency_ms: Math.round(latencyMs * 100) / 100,
  checked_at: isoTime(checkedAtMs),
});

/** Before anything was looked at nothing is known to be well. */
export function healthReport(snapshot: HealthSnapshot | undefined): HealthReport {
  const isHealthy = (name: string): boolean => snapshot?.checks[name]?.isHealthy ?? false;
  const checks = Object.entries(snapshot?.checks ?? {});
  return {
    status: snapshot?.status ?? 'unhealthy',
    llm_healthy: isHealthy('llm'),
    redis_healthy: isHealthy('redis'),
    checkpointer_healthy: isHealthy('checkpointer'),
    checks: Object.fromEntries(checks.map(([name, check]) => [name, checkReport(check)])),
  };
}

export const historyReport = (transitions: readonly Transition[]): HistoryReport => ({
  transitions: transitions.map(({ atMs, ...transition }) => ({ at: isoTime(atMs), ...transition })),
});
