import type { Alert } from './alerts/alert';

/** Where Alertmanager finds its secrets: one file each, mounted, never in the configuration. */
const secrets = '/etc/alertmanager/secrets';

const look = '{{ .Annotations.look }}';
const title = '[{{ .Status | toUpper }}] {{ .CommonLabels.alertname }}';
const lines = [
  '{{ range .Alerts }}{{ .Annotations.summary }}{{ with .Annotations.now }} ({{ . }}){{ end }}',
  `Look first: ${look}`,
  'Runbook: {{ .Annotations.runbook_url }}  Dashboard: {{ .Annotations.dashboard }}',
  '{{ end }}',
].join('\n');

const slack = (channel: string) => ({
  api_url_file: `${secrets}/slack-url`,
  channel,
  send_resolved: true,
  title,
  text: lines,
});

const pager = {
  routing_key_file: `${secrets}/pagerduty-routing-key`,
  send_resolved: true,
  severity: 'critical',
  description: `${title}: {{ .CommonAnnotations.summary }}`,
  details: {
    now: '{{ .CommonAnnotations.now }}',
    look: '{{ .CommonAnnotations.look }}',
    runbook: '{{ .CommonAnnotations.runbook_url }}',
    dashboard: '{{ .CommonAnnotations.dashboard }}',
  },
};

export const receiverOf = {
  critical: 'on-call',
  warning: 'alerts',
  info: 'numbers',
  none: 'watchdog',
} as const;

/** How long the first of a group waits for others, and for what silences it. */
const patience = { critical: '10s', warning: '30s', unrelated: '5s' } as const;

const inhibition = ({ name, silences = [] }: Alert) => ({
  source_matchers: [`alertname="${name}"`],
  target_matchers: [`alertname=~"${silences.join('|')}"`],
});

/** Routes, receivers and what silences what. `receivers` are given for drills alone: the same tree, with other ends. */
export function alertmanagerConfig(alerts: readonly Alert[], receivers: readonly object[] = usualReceivers) {
  return {
    route: {
      receiver: receiverOf.warning,
      // One notification a cause: what an alert says of several processes or tools comes in one.
      group_by: ['alertname'],
      group_wait: patience.warning,
      group_interval: '1m',
      repeat_interval: '12h',
      routes: [
        {
          matchers: ['alertname="LuminaWatchdog"'],
          receiver: receiverOf.none,
          ...{ group_wait: '0s', group_interval: '30s', repeat_interval: '1m' },
        },
        {
          matchers: ['severity="critical"'],
          receiver: receiverOf.critical,
          ...{ group_wait: patience.critical, group_interval: '30s', repeat_interval: '1h' },
        },
        // Nothing silences these, and what they are grouped by keeps them together.
        {
          matchers: ['severity="warning"', 'area=~"tools|security"'],
          receiver: receiverOf.warning,
          group_wait: patience.unrelated,
        },
        { matchers: ['severity="info"'], receiver: receiverOf.info },
      ],
    },
    inhibit_rules: alerts.filter(({ silences = [] }) => silences.length > 0).map(inhibition),
    receivers,
  };
}

const usualReceivers = [
  { name: receiverOf.critical, pagerduty_configs: [pager], slack_configs: [slack('#on-call')] },
  { name: receiverOf.warning, slack_configs: [slack('#alerts')] },
  { name: receiverOf.info, slack_configs: [slack('#metrics')] },
  {
    name: receiverOf.none,
    webhook_configs: [
      {
        url: 'https://watchdog.invalid/lumina',
        send_resolved: false,
        http_config: { authorization: { credentials_file: `${secrets}/watchdog-token` } },
      },
    ],
  },
];
