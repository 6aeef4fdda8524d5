import { type Dashboard, type Row, query, quantile, rate } from './dashboard';
import { redis } from './redis-row';

const processes: Row = {
  title: 'Processes',
  panels: [
    {
      title: 'Processes',
      says: 'How many answer a scrape, by job.',
      unit: 'short',
      alerts: ['LuminaProcessDown', 'LuminaServiceAbsent'],
      queries: [
        query('sum by (job) (up{job=~"lumina.*"})'),
        query('count by (job) (up{job=~"lumina.*"} == 0)', '{{job}} does not answer'),
      ],
    },
    {
      title: 'Restarts',
      says: 'Starts of a process in ten minutes.',
      unit: 'short',
      limit: 3,
      alerts: ['LuminaRestarting'],
      queries: [
        query('changes(process_start_time_seconds{job=~"lumina.*"}[10m])', '{{service}} {{instance}}'),
      ],
    },
    {
      title: 'Memory',
      says: 'Share of what the process may have.',
      unit: 'percentunit',
      limit: 0.9,
      alerts: ['LuminaMemoryHigh'],
      queries: [
        query(
          'process_resident_memory_bytes / on (service, instance) lumina_process_memory_limit_bytes',
          '{{service}} {{instance}}',
        ),
      ],
    },
    {
      title: 'CPU',
      says: 'Cores in use.',
      unit: 'short',
      queries: [
        query(
          'rate(process_cpu_seconds_total{job=~"lumina.*"}[$__rate_interval])',
          '{{service}} {{instance}}',
        ),
      ],
    },
    {
      title: 'Event loop',
      says: 'How late the event loop is. A lease lasts three seconds: more than a second is trouble.',
      unit: 's',
      limit: 1,
      alerts: ['LuminaLeaseChurn'],
      queries: [
        query('nodejs_eventloop_lag_p99_seconds{job=~"lumina.*"}', '{{service}} {{instance}} 99 %'),
        query(rate('lumina_leases_lost_total', 'service'), '{{service}} leases lost, a second'),
      ],
    },
    {
      title: 'Garbage collection',
      says: 'Share of time spent on it.',
      unit: 'percentunit',
      queries: [query('sum by (service, instance) (rate(nodejs_gc_duration_seconds_sum[$__rate_interval]))')],
    },
    {
      title: 'Open files',
      says: 'Share of the file descriptors that a process may have.',
      unit: 'percentunit',
      queries: [query('process_open_fds{job=~"lumina.*"} / process_max_fds', '{{service}} {{instance}}')],
    },
  ],
};

const health: Row = {
  title: 'Health',
  panels: [
    {
      title: 'Checks',
      says: '1: well; 0: not, and the health service says why.',
      unit: 'bool_yes_no',
      alerts: ['LuminaDiskFull'],
      queries: [query('min by (check) (lumina_health_check)')],
    },
    {
      title: 'Last round of checks',
      says: 'How long ago the last round of health checks ended.',
      unit: 's',
      limit: 60,
      alerts: ['LuminaHealthSilent'],
      queries: [query('time() - max(lumina_health_last_round_timestamp_seconds)', 'ago')],
    },
    {
      title: 'Duration of checks',
      says: 'How long the last look took.',
      unit: 's',
      queries: [query('max by (check) (lumina_health_check_duration_seconds)')],
    },
    {
      title: 'Alerts',
      says: 'What fires. The watchdog always does: without it nobody would hear of the others.',
      unit: 'short',
      alerts: ['LuminaWatchdog'],
      queries: [
        query('sum by (alertname, severity) (ALERTS{alertstate="firing"})', '{{alertname}} ({{severity}})'),
      ],
    },
  ],
};

const queues: Row = {
  title: 'Queues and workers',
  panels: [
    {
      title: 'Doorbells',
      says: 'By queue and state. Nobody counts on them: the sweeper rings again.',
      unit: 'short',
      queries: [query('max by (queue, state) (lumina_queue_jobs)')],
    },
    {
      title: 'Oldest doorbell',
      says: 'How long the oldest has waited.',
      unit: 's',
      limit: 60,
      alerts: ['LuminaQueueBacklog', 'LuminaWorkerNotConsuming'],
      queries: [query('max by (queue) (lumina_queue_oldest_job_age_seconds)')],
    },
    {
      title: 'Room',
      says: 'Doorbells in hand, of those that all workers could answer at a time.',
      unit: 'short',
      queries: [query('sum by (queue, kind) (lumina_worker_doorbells)')],
    },
    {
      title: 'Doorbells taken',
      says: 'A second, by the way they came.',
      unit: 'ops',
      queries: [query(rate('lumina_doorbells_taken_total', 'queue, way'))],
    },
    {
      title: 'Workers opened anew',
      says: 'In a quarter of an hour, because doorbells waited and they took none.',
      unit: 'short',
      alerts: ['LuminaWorkerReopened'],
      queries: [query('sum by (queue) (increase(lumina_workers_reopened_total[15m]))')],
    },
    {
      title: 'Leases held',
      says: 'Work items in hand.',
      unit: 'short',
      queries: [query('sum by (service, instance) (lumina_leases_held)')],
    },
    {
      title: 'Sweeps',
      says: 'Looks for what is overdue, a second.',
      unit: 'ops',
      queries: [query(rate('lumina_sweeps_total', 'outcome'))],
    },
    {
      title: 'Overdue work',
      says: 'How long ago something should have been looked at; 0 is well.',
      unit: 's',
      limit: 60,
      alerts: ['LuminaSweeperSilent'],
      queries: [query('max(lumina_work_overdue_seconds)', 'overdue')],
    },
    {
      title: 'Checkpoints',
      says: 'Written and read, a second.',
      unit: 'ops',
      queries: [query(rate('lumina_checkpoint_operations_total', 'operation'))],
    },
    {
      title: 'Size of checkpoints',
      says: 'The middle, and one in a hundred is larger than that.',
      unit: 'bytes',
      queries: [
        query(quantile(0.5, 'lumina_checkpoint_bytes'), '50 %'),
        query(quantile(0.99, 'lumina_checkpoint_bytes'), '99 %'),
      ],
    },
  ],
};

const cluster: Row = {
  title: 'Cluster',
  panels: [
    {
      title: 'Pods',
      says: 'Of Lumina in its namespace; not ready: for more than a minute.',
      unit: 'short',
      alerts: ['LuminaPodNotReady'],
      queries: [query('max by (state) (lumina_cluster_pods)')],
    },
    {
      title: 'What stands out',
      says: 'Pods that restart, autoscalers at their maximum, budgets that allow no disruption, failed CronJobs.',
      unit: 'short',
      alerts: ['LuminaAutoscalerAtMaximum', 'LuminaDisruptionBlocked', 'LuminaCronJobFailed'],
      queries: [query('max by (kind) (lumina_cluster_faults)')],
    },
  ],
};

export const infrastructure: Dashboard = {
  name: 'infrastructure',
  title: 'Lumina: infrastructure',
  says: 'Whether processes, queues, Redis and the cluster carry the work.',
  rows: [processes, health, queues, redis, cluster],
};
