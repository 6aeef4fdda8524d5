import { type Alert, level } from './alert';

interface ClusterAlert {
  readonly name: Alert['name'];
  readonly series: string;
  readonly for: string;
  readonly notYet: string;
  readonly at: string;
  readonly summary: string;
  readonly look: string;
  readonly healthy: string;
}

/** What only a cluster knows. Outside of one there are no such series, and nothing is wrong. */
function clusterAlert({ series, notYet, at, healthy, ...about }: ClusterAlert): Alert {
  const whole = series.replace('}', ',service="health"}');
  return {
    ...about,
    severity: 'warning',
    area: 'processes',
    expr: `max(${series}) > 0`,
    now: '{{ $value }} of them',
    cases: {
      fires: { series: { [whole]: `${level(0, 4)} ${level(2, 160)}` }, notYet, at, now: '2 of them' },
      healthy: { what: healthy, series: { [whole]: level(0, 160) }, at },
      absent: { what: 'it does not run in a cluster', series: {}, at },
    },
  };
}

export const clusterAlerts: readonly Alert[] = [
  clusterAlert({
    name: 'LuminaPodNotReady',
    series: 'lumina_cluster_pods{state="not_ready"}',
    for: '5m',
    notYet: '5m45s',
    at: '6m15s',
    healthy: 'all pods are ready',
    summary: 'Pods of Lumina are not ready and do not become so.',
    look: 'Which ones and why: the detail of the check `cluster`; then `kubectl describe pod`.',
  }),
  clusterAlert({
    name: 'LuminaAutoscalerAtMaximum',
    series: 'lumina_cluster_faults{kind="autoscalers"}',
    for: '15m',
    notYet: '15m45s',
    at: '16m15s',
    healthy: 'there is room for more replicas',
    summary: 'An autoscaler has as many replicas as it may: more load finds no more room.',
    look: 'What grows: panels "Requests by route" and "Room"; then whether nodes have room for more.',
  }),
  clusterAlert({
    name: 'LuminaDisruptionBlocked',
    series: 'lumina_cluster_faults{kind="budgets"}',
    for: '15m',
    notYet: '15m45s',
    at: '16m15s',
    healthy: 'each budget lets a pod go',
    summary: 'A disruption budget lets no pod go: nodes cannot be drained, and upgrades stand still.',
    look: 'Which pods are missing: the detail of the check `cluster`.',
  }),
  clusterAlert({
    name: 'LuminaCronJobFailed',
    series: 'lumina_cluster_faults{kind="cron_jobs"}',
    for: '1m',
    notYet: '1m45s',
    at: '2m15s',
    healthy: 'each ended well when it ran last',
    summary: 'A CronJob failed when it ran last: a backup or a check is not there.',
    look: 'Which one: the detail of the check `cluster`; then the log of its last job.',
  }),
];
