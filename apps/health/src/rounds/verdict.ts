import type { HealthCheck, HealthSnapshot } from '@lumina/contracts';

export type HealthStatus = HealthSnapshot['status'];

/** Unhealthy when something critical is, degraded when anything else is. */
export function statusOf(
  checks: Readonly<Record<string, HealthCheck>>,
  critical: ReadonlySet<string>,
): HealthStatus {
  const failing = Object.keys(checks).filter((name) => checks[name]?.isHealthy === false);
  if (failing.some((name) => critical.has(name))) return 'unhealthy';
  return failing.length > 0 ? 'degraded' : 'healthy';
}
