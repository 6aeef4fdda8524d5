import type { HealthSnapshot } from '@lumina/contracts';
import { Counter, Gauge } from 'prom-client';
import type { WorkSurvey } from '@lumina/store';
import type { ClusterSurvey } from './probes/cluster-survey';
import type { AgedQueue } from './probes/queues-probe';
import type { RedisNumbers } from './probes/redis-info';
import type { SentinelSurvey } from './probes/sentinel-survey';
import type { SyntheticRun } from './synthetic/synthetic-runs';

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

const openItems = new Gauge({
  name: 'lumina_open_items',
  help: 'Work items of all runs that are open, by kind: steps, calls, subagents, and questions to people.',
  labelNames: ['kind'],
});
const oldestQuestion = new Gauge({
  name: 'lumina_question_oldest_age_seconds',
  help: 'How long the longest open question to a person has waited, by kind; 0 when none is open.',
  labelNames: ['kind'],
});
const overdue = new Gauge({
  name: 'lumina_work_overdue_seconds',
  help: 'How long the sweeper should have looked at an open item and did not; 0 when it is in time.',
});
const activeThreads = new Gauge({
  name: 'lumina_active_threads',
  help: 'Threads whose run is under way.',
});
const redisMemory = new Gauge({
  name: 'lumina_redis_memory_bytes',
  help: 'Memory of the Redis that holds the state: used, and max where it has a limit.',
  labelNames: ['kind'],
});
const redisReplicas = new Gauge({
  name: 'lumina_redis_replicas',
  help: 'Replicas that are connected to the master.',
});
const redisLag = new Gauge({
  name: 'lumina_redis_replication_lag_bytes',
  help: 'How far the replica that is furthest behind is behind.',
});
const redisPersisted = new Gauge({
  name: 'lumina_redis_persistence_ok',
  help: 'Whether the last write to the append-only file and the last snapshot succeeded: 1 or 0.',
});
const sentinels = new Gauge({
  name: 'lumina_sentinels',
  help: 'Sentinels: configured, reachable, and with_quorum, who see enough others for a failover.',
  labelNames: ['state'],
});
const namedMasters = new Gauge({
  name: 'lumina_redis_masters_named',
  help: 'Different masters that the Sentinels name; more than one: they disagree.',
});
const masters = new Gauge({
  name: 'lumina_redis_masters',
  help: 'Servers that say of themselves that they are the master.',
});
const knownReplicas = new Gauge({
  name: 'lumina_sentinel_replicas',
  help: 'Replicas as the Sentinels see them, by state: up or down.',
  labelNames: ['state'],
});

const syntheticRuns = new Counter({
  name: 'lumina_synthetic_runs_total',
  help: 'Runs that the health service made through the gateway to see that runs work, by outcome; no other metric counts them.',
  labelNames: ['outcome'],
});
const syntheticSeconds = new Gauge({
  name: 'lumina_synthetic_run_duration_seconds',
  help: 'From the request to the answer of the last synthetic run; there is none where none is made.',
});
for (const outcome of ['succeeded', 'failed']) syntheticRuns.inc({ outcome }, 0);

const clusterPods = new Gauge({
  name: 'lumina_cluster_pods',
  help: 'Pods of Lumina in its namespace, by state: ready, or not_ready for more than a minute.',
  labelNames: ['state'],
});
const clusterFaults = new Gauge({
  name: 'lumina_cluster_faults',
  help: 'What stands out in the cluster: pods that restart, autoscalers at their maximum, budgets that allow no disruption, failed CronJobs.',
  labelNames: ['kind'],
});

/** Outside a cluster, or where its API does not answer, there is nothing to say. */
export function measureCluster(survey: ClusterSurvey | undefined): void {
  clusterPods.reset();
  clusterFaults.reset();
  if (survey === undefined) return;
  clusterPods.set({ state: 'ready' }, survey.podsReady);
  clusterPods.set({ state: 'not_ready' }, survey.podsNotReady.length);
  clusterFaults.set({ kind: 'restarts' }, survey.restarting.length);
  clusterFaults.set({ kind: 'autoscalers' }, survey.autoscalersAtMaximum.length);
  clusterFaults.set({ kind: 'budgets' }, survey.budgetsBlocked.length);
  clusterFaults.set({ kind: 'cron_jobs' }, survey.cronJobsFailed.length);
}

export function measureSyntheticRun({ outcome, durationMs }: SyntheticRun): void {
  syntheticRuns.inc({ outcome });
  syntheticSeconds.set(durationMs / 1_000);
}

/** Numbers that nobody can see any more are taken away rather than left standing. */
export function measureWork(survey: WorkSurvey | undefined): void {
  for (const gauge of [overdue, activeThreads]) gauge.remove();
  openItems.reset();
  oldestQuestion.reset();
  if (survey === undefined) return;
  for (const [kind, count] of Object.entries(survey.openItems)) openItems.set({ kind }, count);
  for (const [kind, ms] of Object.entries(survey.oldestQuestionMs)) oldestQuestion.set({ kind }, ms / 1_000);
  overdue.set(survey.overdueMs / 1_000);
  activeThreads.set(survey.activeThreads);
}

export function measureRedis(numbers: RedisNumbers | undefined): void {
  for (const gauge of [redisReplicas, redisLag, redisPersisted]) gauge.remove();
  redisMemory.reset();
  if (numbers === undefined) return;
  redisMemory.set({ kind: 'used' }, numbers.usedBytes);
  if (numbers.maxBytes > 0) redisMemory.set({ kind: 'max' }, numbers.maxBytes);
  redisReplicas.set(numbers.replicas);
  redisLag.set(numbers.lagBytes);
  redisPersisted.set(numbers.isPersisted ? 1 : 0);
}

export function measureSentinels(survey: SentinelSurvey): void {
  sentinels.set({ state: 'configured' }, survey.sentinels);
  sentinels.set({ state: 'reachable' }, survey.reachable);
  sentinels.set({ state: 'with_quorum' }, survey.withQuorum);
  namedMasters.set(survey.named.length);
  masters.set(survey.masters.length);
  knownReplicas.set({ state: 'up' }, survey.replicas.up);
  knownReplicas.set({ state: 'down' }, survey.replicas.known - survey.replicas.up);
}

/** Without Sentinels there is nothing to say about them, and no number may look like an alarm. */
for (const gauge of [
  ...[namedMasters, masters, overdue, activeThreads, redisReplicas, redisLag, redisPersisted],
  syntheticSeconds,
])
  gauge.remove();

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
