import type { HealthSnapshot } from '@lumina/contracts';
import { Gauge } from 'prom-client';
import type { AgedQueue } from './probes/queues-probe';

const checks = new Gauge({
  name: 'lumina_health_check',
  help: 'Whether a check was well when it was last looked at: 1 or 0.',
  labelNames: ['check'],
});
const latencies = new Gauge({
  name: 'lumina_health_check_duration_seconds',
  help: 'How long the last look at a check took.',
  labelNames: ['check'],
});
const lastRound = new Gauge({
  name: 'lumina_health_last_round_timestamp_seconds',
  help: 'When the last round of checks ended, in seconds since the epoch.',
});
const queueJobs = new Gauge({
  name: 'lumina_queue_jobs',
  help: 'Doorbells by queue and state.',
  labelNames: ['queue', 'state'],
});
const oldestJobAge = new Gauge({
  name: 'lumina_queue_oldest_job_age_seconds',
  help: 'Age of the doorbell that waits longest; 0 when none waits.',
  labelNames: ['queue'],
});

export function measureRound(snapshot: HealthSnapshot): void {
  for (const [check, { isHealthy, latencyMs }] of Object.entries(snapshot.checks)) {
    checks.set({ check }, isHealthy ? 1 : 0);
    latencies.set({ check }, latencyMs / 1_000);
  }
  lastRound.set(snapshot.atMs / 1_000);
}

/** Numbers that nobody can see any more are taken away rather than left standing. */
export function measureQueues(queues: readonly AgedQueue[] | undefined): void {
  queueJobs.reset();
  oldestJobAge.reset();
  for (const { queue, jobs, oldestAgeMs } of queues ?? []) {
    for (const [state, count] of Object.entries(jobs)) queueJobs.set({ queue, state }, count);
    oldestJobAge.set({ queue }, oldestAgeMs / 1_000);
  }
}
