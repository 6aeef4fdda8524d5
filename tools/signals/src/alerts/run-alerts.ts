import { type Alert, level, requestsOf, rising } from './alert';

const requests = (status: string): string =>
  `lumina_requests_total{method="POST",route="/chat",status="${status}",service="gateway"}`;
const bucket = (le: string): string =>
  `lumina_request_duration_seconds_bucket{route="/threads",le="${le}",service="gateway"}`;
const answered = requestsOf();
const failed = requestsOf('status=~"5.."');

/** Answers that last as long as their run does, by design. */
const untimed = '.*/(stream|wait|join)|/chat';

export const runAlerts: readonly Alert[] = [
  {
    name: 'LuminaErrorRateHigh',
    severity: 'critical',
    area: 'runs',
    // A handful of errors is needed besides: one of ten requests at night is no outage.
    expr:
      `sum(rate(${failed}[5m])) / sum(rate(${answered}[5m])) > 0.01` +
      ` and sum(increase(${failed}[5m])) >= 5`,
    for: '2m',
    summary: 'More than 1 % of requests are answered with an error of ours.',
    look: 'Which routes and statuses: panel "Errors". 503 means the store; 500 is in the log as "request failed".',
    now: '{{ $value | humanizePercentage }} of requests',
    silences: ['LuminaRequestsBurnFast', 'LuminaRequestsBurnSlow'],
    lingers: '1m',
    cases: {
      fires: {
        series: {
          [requests('200')]: rising(0, 95, 60),
          [requests('503')]: `${level(0, 8)} ${rising(5, 5, 52)}`,
        },
        notYet: '3m',
        at: '10m',
        now: '5% of requests',
      },
      healthy: {
        what: 'one error among few requests',
        series: { [requests('200')]: rising(0, 1, 60), [requests('500')]: `${level(0, 8)} ${level(1, 52)}` },
        at: '4m',
      },
      absent: {
        what: 'nobody asks for anything but how it is, and is told that something is not well',
        series: {
          [requests('200')]: level(40, 60),
          [requests('503').replace('/chat', '/health')]: rising(0, 5, 60),
        },
        at: '10m',
      },
    },
  },
  {
    name: 'LuminaLatencyHigh',
    severity: 'warning',
    area: 'runs',
    expr:
      `histogram_quantile(0.95, sum by (le) (rate(lumina_request_duration_seconds_bucket{route!~"${untimed}"}[5m]))) > 5` +
      ` and sum(increase(lumina_request_duration_seconds_count{route!~"${untimed}"}[5m])) >= 20`,
    for: '5m',
    summary: 'One request in twenty takes longer than five seconds.',
    look: 'Which route: panel "Latency by route"; then the latency of Redis.',
    now: '95 % are answered within {{ $value | humanizeDuration }}',
    cases: {
      fires: {
        series: {
          [bucket('1')]: level(0, 80),
          [bucket('5')]: level(0, 80),
          [bucket('10')]: rising(0, 10, 80),
          [bucket('+Inf')]: rising(0, 10, 80),
          'lumina_request_duration_seconds_count{route="/threads",service="gateway"}': rising(0, 10, 80),
        },
        notYet: '5m',
        at: '12m',
        now: '95 % are answered within 9.75s',
      },
      healthy: {
        what: 'streams that last as long as their runs',
        series: {
          'lumina_request_duration_seconds_bucket{route="/threads/:thread/runs/stream",le="5",service="gateway"}':
            level(0, 80),
          'lumina_request_duration_seconds_bucket{route="/threads/:thread/runs/stream",le="+Inf",service="gateway"}':
            rising(0, 10, 80),
          'lumina_request_duration_seconds_count{route="/threads/:thread/runs/stream",service="gateway"}':
            rising(0, 10, 80),
        },
        at: '15m',
      },
      absent: {
        what: 'nobody asks for anything',
        series: {
          [bucket('+Inf')]: level(40, 80),
          'lumina_request_duration_seconds_count{route="/threads",service="gateway"}': level(40, 80),
        },
        at: '15m',
      },
    },
  },
  {
    name: 'LuminaRunStuck',
    severity: 'critical',
    area: 'runs',
    expr: 'sum by (cause) (increase(lumina_runs_stuck_total[5m])) > 0',
    for: '1m',
    summary:
      'Runs do not move ({{ $labels.cause }}): nobody comes for them, or whoever comes never finishes.',
    look: 'The log line "run stuck" names the run; `./lumina explain RUN` says why it is where it is.',
    cases: {
      fires: {
        series: {
          'lumina_runs_stuck_total{cause="unclaimed",service="agent-orchestrator"}': `${level(0, 4)} ${level(1, 40)}`,
          'lumina_runs_stuck_total{cause="retried",service="agent-orchestrator"}': level(0, 44),
        },
        notYet: '1m45s',
        at: '2m30s',
        labels: { cause: 'unclaimed' },
      },
      healthy: {
        what: 'nothing is stuck',
        series: { 'lumina_runs_stuck_total{cause="unclaimed",service="agent-orchestrator"}': level(0, 44) },
        at: '10m',
      },
      absent: { what: 'no orchestrator runs on purpose', series: {}, at: '10m' },
    },
  },
  {
    name: 'LuminaWorkerNotConsuming',
    severity: 'critical',
    area: 'runs',
    expr:
      'max by (queue) (lumina_queue_oldest_job_age_seconds) > 30' +
      ' unless on (queue) sum by (queue) (rate(lumina_doorbells_taken_total{way="queue"}[1m])) > 0',
    for: '1m',
    summary: 'Doorbells wait in the queue `{{ $labels.queue }}` and no worker takes any.',
    look: 'Whether workers of this queue run at all: `./lumina status`. steps: agent-orchestrator; tools: tool-executor.',
    now: 'the oldest has waited for {{ $value | humanizeDuration }}',
    silences: [
      'LuminaQueueBacklog',
      'LuminaRunStuck',
      'LuminaSweeperSilent',
      'LuminaQueueWaitBurnFast',
      'LuminaQueueWaitBurnSlow',
      'LuminaRecoveryBurn',
      'LuminaWorkerReopened',
    ],
    cases: {
      fires: {
        series: {
          'lumina_queue_oldest_job_age_seconds{queue="steps",service="health"}': `${level(0, 4)} ${rising(15, 15, 40)}`,
          'lumina_doorbells_taken_total{queue="steps",way="queue",service="agent-orchestrator"}': level(
            100,
            44,
          ),
        },
        notYet: '2m15s',
        at: '3m',
        labels: { queue: 'steps' },
        now: 'the oldest has waited for 2m 15s',
      },
      healthy: {
        what: 'a backlog that is worked off',
        series: {
          'lumina_queue_oldest_job_age_seconds{queue="steps",service="health"}': level(90, 44),
          'lumina_doorbells_taken_total{queue="steps",way="queue",service="agent-orchestrator"}': rising(
            0,
            50,
            44,
          ),
        },
        at: '8m',
      },
      absent: {
        what: 'nothing waits, and nobody works',
        series: { 'lumina_queue_oldest_job_age_seconds{queue="steps",service="health"}': level(0, 44) },
        at: '8m',
      },
    },
  },
  {
    name: 'LuminaQueueBacklog',
    severity: 'warning',
    area: 'runs',
    expr: 'max by (queue) (lumina_queue_oldest_job_age_seconds) > 60',
    for: '5m',
    summary: 'Work waits for more than a minute in the queue `{{ $labels.queue }}`.',
    look: 'Whether workers are at their limit (panel "Room") or one tenant sends more than all others.',
    now: 'the oldest has waited for {{ $value | humanizeDuration }}',
    silences: ['LuminaQueueWaitBurnSlow'],
    cases: {
      fires: {
        series: { 'lumina_queue_oldest_job_age_seconds{queue="tools",service="health"}': level(90, 44) },
        notYet: '4m30s',
        at: '5m30s',
        labels: { queue: 'tools' },
        now: 'the oldest has waited for 1m 30s',
      },
      healthy: {
        what: 'a burst that is over in two minutes',
        series: {
          'lumina_queue_oldest_job_age_seconds{queue="tools",service="health"}': `${level(90, 8)} ${level(0, 36)}`,
        },
        at: '6m',
      },
      absent: { what: 'Redis is away, so that nobody sees the queues', series: {}, at: '8m' },
    },
  },
  {
    name: 'LuminaWorkerReopened',
    severity: 'warning',
    area: 'runs',
    expr: 'sum by (queue) (increase(lumina_workers_reopened_total[15m])) > 2.5',
    for: '0s',
    summary: 'Workers of `{{ $labels.queue }}` come to a standstill again and again and are opened anew.',
    look: 'The log for "opened anew", and the connections of that process to Redis.',
    now: '{{ $value | humanize }} times in 15 minutes',
    cases: {
      fires: {
        series: {
          'lumina_workers_reopened_total{queue="steps",service="agent-orchestrator"}': `0+0x3 1+0x7 2+0x7 3+0x40`,
        },
        notYet: '4m45s',
        at: '10m',
        labels: { queue: 'steps' },
        now: '3 times in 15 minutes',
      },
      healthy: {
        what: 'once after an outage',
        series: {
          'lumina_workers_reopened_total{queue="steps",service="agent-orchestrator"}': `${level(0, 4)} ${level(1, 40)}`,
        },
        at: '10m',
      },
      absent: { what: 'no workers are scraped', series: {}, at: '10m' },
    },
  },
  {
    name: 'LuminaLeaseChurn',
    severity: 'warning',
    area: 'runs',
    expr:
      'sum(increase(lumina_runs_recovered_total{cause=~"step|call"}[5m]))' +
      ' + sum(increase(lumina_leases_lost_total[5m])) > 20',
    for: '2m',
    summary: 'Workers lose what they hold to each other: the same work is done again and again.',
    look: 'Whether event loops stand still (panel "Event loop") or processes die (LuminaRestarting).',
    now: '{{ $value | humanize }} in five minutes',
    silences: ['LuminaRecoveryBurn'],
    cases: {
      fires: {
        series: {
          'lumina_runs_recovered_total{cause="step",service="agent-orchestrator"}': rising(0, 2, 60),
          'lumina_leases_lost_total{service="agent-orchestrator"}': rising(0, 1, 60),
        },
        notYet: '1m30s',
        at: '10m',
        now: '60 in five minutes',
      },
      healthy: {
        what: 'one killed worker with ten items',
        series: {
          'lumina_runs_recovered_total{cause="step",service="agent-orchestrator"}': `${level(0, 8)} ${level(10, 52)}`,
          'lumina_leases_lost_total{service="agent-orchestrator"}': level(0, 60),
        },
        at: '5m',
      },
      absent: { what: 'no workers are scraped', series: {}, at: '10m' },
    },
  },
  {
    name: 'LuminaSweeperSilent',
    severity: 'critical',
    area: 'runs',
    expr: 'max(lumina_work_overdue_seconds) > 60',
    for: '1m',
    summary: 'Nobody looks after what is overdue: a run that loses its worker now is not taken up again.',
    look: 'Whether any orchestrator runs, and its log for "sweep".',
    now: 'overdue by {{ $value | humanizeDuration }}',
    silences: [
      'LuminaRecoveryBurn',
      'LuminaQueueWaitBurnFast',
      'LuminaQueueWaitBurnSlow',
      'LuminaQueueBacklog',
    ],
    cases: {
      fires: {
        series: { 'lumina_work_overdue_seconds{service="health"}': `${level(0, 4)} ${rising(15, 15, 40)}` },
        notYet: '2m45s',
        at: '3m30s',
        now: 'overdue by 2m 45s',
      },
      healthy: {
        what: 'an item between two sweeps',
        series: { 'lumina_work_overdue_seconds{service="health"}': '0 0.4 0 0.5 0 0.3 0 0.2 0+0x20' },
        at: '5m',
      },
      absent: { what: 'Redis is away, so that nobody sees the work', series: {}, at: '8m' },
    },
  },
  {
    name: 'LuminaSyntheticFailing',
    severity: 'critical',
    area: 'runs',
    expr: 'max(lumina_health_check{check="synthetic"}) == 0',
    for: '1m',
    summary: 'The run that the health service makes every minute, as a client would, is not answered.',
    look: 'What it was told: the detail of the check `synthetic`. No connection is the way in, 401 its key, 5xx ours.',
    cases: {
      fires: {
        series: { 'lumina_health_check{check="synthetic",service="health"}': '1+0x3 0+0x40' },
        notYet: '1m45s',
        at: '2m15s',
      },
      healthy: {
        what: 'one of them failed, the next did not',
        series: { 'lumina_health_check{check="synthetic",service="health"}': '1+0x3 0+0x2 1+0x40' },
        at: '2m15s',
      },
      absent: { what: 'no synthetic runs are made', series: {}, at: '8m' },
    },
  },
  {
    name: 'LuminaApprovalWaiting',
    severity: 'info',
    area: 'runs',
    expr: 'max by (kind) (lumina_question_oldest_age_seconds) > 3600',
    for: '5m',
    summary: 'A run has waited for a person for more than an hour ({{ $labels.kind }}).',
    look: '`GET /runs/RUN/approvals` shows what is asked; `./lumina explain RUN` says until when.',
    now: 'for {{ $value | humanizeDuration }}',
    cases: {
      fires: {
        series: { 'lumina_question_oldest_age_seconds{kind="ask",service="health"}': level(7200, 40) },
        notYet: '4m30s',
        at: '5m30s',
        labels: { kind: 'ask' },
        now: 'for 2h 0m 0s',
      },
      healthy: {
        what: 'a question of half an hour',
        series: { 'lumina_question_oldest_age_seconds{kind="ask",service="health"}': level(1800, 40) },
        at: '8m',
      },
      absent: {
        what: 'nobody is asked anything',
        series: { 'lumina_question_oldest_age_seconds{kind="ask",service="health"}': level(0, 40) },
        at: '8m',
      },
    },
  },
  {
    name: 'LuminaOutcomeUnknown',
    severity: 'warning',
    area: 'runs',
    expr: 'sum by (tool) (increase(lumina_tool_outcomes_unknown_total[15m])) > 0',
    for: '0s',
    summary: 'A crash left open whether `{{ $labels.tool }}` had its effect, and it must not be repeated.',
    look: 'The log line "outcome unknown" names the run; a person or the tool decides (`./lumina explain RUN`).',
    cases: {
      fires: {
        series: {
          'lumina_tool_outcomes_unknown_total{tool="delete_file",service="tool-executor"}': `${level(0, 4)} ${level(1, 40)}`,
        },
        notYet: '45s',
        at: '2m',
        labels: { tool: 'delete_file' },
      },
      healthy: {
        what: 'every outcome is known',
        series: {
          'lumina_tool_outcomes_unknown_total{tool="delete_file",service="tool-executor"}': level(0, 44),
        },
        at: '10m',
      },
      absent: { what: 'no executor runs on purpose', series: {}, at: '10m' },
    },
  },
];
