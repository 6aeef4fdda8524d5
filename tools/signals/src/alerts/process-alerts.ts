import { type Alert, level } from './alert';

export const services = ['gateway', 'agent-orchestrator', 'tool-executor', 'health'] as const;
const anyService = services.join('|');
const up = (job: string, instance = 'a:1'): string => `up{job="${job}",instance="${instance}"}`;
const startOf = (service: string): string =>
  `process_start_time_seconds{service="${service}",instance="a:1"}`;
const allUp = Object.fromEntries(services.map((service) => [up(`lumina-${service}`), level(1, 60)]));
const allStarted = Object.fromEntries(services.map((service) => [startOf(service), level(1, 60)]));
const memory = (bytes: number, limit: number) => ({
  'process_resident_memory_bytes{service="gateway",instance="a:1"}': level(bytes, 60),
  'lumina_process_memory_limit_bytes{service="gateway",instance="a:1"}': level(limit, 60),
});

export const processAlerts: readonly Alert[] = [
  {
    name: 'LuminaServiceAbsent',
    severity: 'critical',
    area: 'processes',
    expr: `(${services.map((service) => `absent(process_start_time_seconds{service="${service}"})`).join(' or ')}) and on () count(up{job=~"lumina.*"}) > 0`,
    for: '1m',
    summary: 'No process of the service `{{ $labels.service }}` runs.',
    look: '`./lumina status`, or `kubectl get pods`: whether it was ever started, and what it said when it ended.',
    silences: [
      'LuminaSyntheticFailing',
      'LuminaProcessDown',
      'LuminaWorkerNotConsuming',
      'LuminaQueueBacklog',
      'LuminaSweeperSilent',
      'LuminaHealthSilent',
      'LuminaRunStuck',
      'LuminaQueueWaitBurnFast',
      'LuminaQueueWaitBurnSlow',
      'LuminaRecoveryBurn',
    ],
    lingers: '6m',
    cases: {
      fires: {
        series: { ...allUp, ...allStarted, [startOf('tool-executor')]: '1+0x3 _x56' },
        notYet: '6m15s',
        at: '7m30s',
        labels: { service: 'tool-executor' },
      },
      healthy: { what: 'every service runs', series: { ...allUp, ...allStarted }, at: '10m' },
      absent: { what: 'Lumina is not installed here', series: { 'up{job="node"}': level(1, 60) }, at: '10m' },
    },
  },
  {
    name: 'LuminaProcessDown',
    severity: 'critical',
    area: 'processes',
    expr: 'up{job=~"lumina.*"} == 0',
    for: '1m',
    summary: 'A process of `{{ $labels.job }}` does not answer ({{ $labels.instance }}).',
    look: 'What it said last: `kubectl logs --previous`, or its file under `.lumina/logs`.',
    cases: {
      fires: {
        series: { ...allUp, [up('lumina-gateway')]: '1+0x3 0+0x40' },
        notYet: '1m45s',
        at: '2m15s',
        labels: { job: 'lumina-gateway', instance: 'a:1' },
      },
      healthy: {
        what: 'a restart of half a minute',
        series: { [up('lumina-gateway')]: '1+0x3 0+0x1 1+0x40' },
        at: '2m15s',
      },
      absent: { what: 'somebody else is down', series: { 'up{job="node"}': level(0, 60) }, at: '10m' },
    },
  },
  {
    name: 'LuminaRestarting',
    severity: 'critical',
    area: 'processes',
    expr: `changes(process_start_time_seconds{service=~"${anyService}"}[10m]) > 3`,
    for: '0s',
    summary: 'A process of `{{ $labels.service }}` starts again and again ({{ $labels.instance }}).',
    look: 'Why it ends: its exit code and last lines. 137 is memory, 2 is a setting that it names.',
    now: '{{ $value }} restarts in ten minutes',
    silences: ['LuminaProcessDown', 'LuminaLeaseChurn'],
    cases: {
      fires: {
        series: { [startOf('gateway')]: '1+0x3 2+0x3 3+0x3 4+0x3 5+0x30' },
        notYet: '3m45s',
        at: '5m',
        labels: { service: 'gateway', instance: 'a:1' },
        now: '4 restarts in ten minutes',
      },
      healthy: { what: 'one roll-out', series: { [startOf('gateway')]: '1+0x3 2+0x40' }, at: '5m' },
      absent: {
        what: 'somebody else restarts',
        series: { 'process_start_time_seconds{service="x"}': '1+1x40' },
        at: '8m',
      },
    },
  },
  {
    name: 'LuminaMemoryHigh',
    severity: 'warning',
    area: 'processes',
    expr: 'process_resident_memory_bytes / on (service, instance) lumina_process_memory_limit_bytes > 0.9',
    for: '2m',
    summary:
      'A process of `{{ $labels.service }}` is about to be ended for its memory ({{ $labels.instance }}).',
    look: 'Whether it grows without end (panel "Memory") or has more to do than before (panel "Streams").',
    now: '{{ $value | humanizePercentage }} of its limit',
    cases: {
      fires: {
        series: memory(95, 100),
        notYet: '1m30s',
        at: '2m30s',
        labels: { service: 'gateway', instance: 'a:1' },
        now: '95% of its limit',
      },
      healthy: { what: 'it uses half', series: memory(50, 100), at: '8m' },
      absent: {
        what: 'a process that is not ours',
        series: { 'process_resident_memory_bytes{service="x",instance="a:1"}': level(95, 60) },
        at: '8m',
      },
    },
  },
  {
    name: 'LuminaHealthSilent',
    severity: 'critical',
    area: 'processes',
    expr: 'time() - max(lumina_health_last_round_timestamp_seconds) > 60',
    for: '30s',
    summary: 'The health service has stopped looking: what it said last says nothing about now.',
    look: 'Its `/health/ready` and its log; meanwhile look at Redis and the models yourself.',
    now: 'for {{ $value | humanizeDuration }}',
    cases: {
      fires: {
        series: { 'lumina_health_last_round_timestamp_seconds{service="health"}': '0+15x3 45+0x40' },
        notYet: '1m30s',
        at: '2m30s',
        now: 'for 1m 45s',
      },
      healthy: {
        what: 'it looks every five seconds',
        series: { 'lumina_health_last_round_timestamp_seconds{service="health"}': '0+15x60' },
        at: '10m',
      },
      absent: { what: 'no health service is installed', series: {}, at: '10m' },
    },
  },
  {
    name: 'LuminaDiskFull',
    severity: 'warning',
    area: 'processes',
    expr: 'max(lumina_health_check{check="disk"}) == 0',
    for: '1m',
    summary: 'The disk of the workspaces is nearly full: tools that write will fail.',
    look: 'The detail of the check `disk`: bytes or inodes, and how much is left.',
    cases: {
      fires: {
        series: { 'lumina_health_check{check="disk",service="health"}': '1+0x3 0+0x40' },
        notYet: '1m45s',
        at: '2m15s',
      },
      healthy: {
        what: 'there is room',
        series: { 'lumina_health_check{check="disk",service="health"}': level(1, 60) },
        at: '8m',
      },
      absent: {
        what: 'no workspace folder is watched',
        series: { 'lumina_health_check{check="redis",service="health"}': level(1, 60) },
        at: '8m',
      },
    },
  },
];
