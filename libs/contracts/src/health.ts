import { z } from 'zod';

export const healthStatuses = ['healthy', 'degraded', 'unhealthy'] as const;

/** One thing that was looked at. */
export const healthCheckSchema = z.object({
  isHealthy: z.boolean(),
  /** For people: what is wrong, or what was found. Never a secret. */
  detail: z.string(),
  latencyMs: z.number().nonnegative(),
  checkedAtMs: z.number().int(),
});
export type HealthCheck = z.infer<typeof healthCheckSchema>;

/** What the health service saw last; the gateway answers `GET /health` from it. */
export const healthSnapshotSchema = z.object({
  status: z.enum(healthStatuses),
  /** By name: `llm`, `redis`, `checkpointer` always; others as they come. */
  checks: z.record(z.string(), healthCheckSchema),
  atMs: z.number().int(),
});
export type HealthSnapshot = z.infer<typeof healthSnapshotSchema>;
