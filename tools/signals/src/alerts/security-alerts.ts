import { type Alert, type Severity, level } from './alert';

interface SecurityAlert {
  readonly name: Alert['name'];
  readonly severity: Severity;
  readonly type: string;
  readonly service: string;
  /** More events than these in five minutes. */
  readonly beyond: number;
  readonly summary: string;
  readonly look: string;
}

/**
 * `increase` guesses what happened at the edges of its window and may say 1.05 for one event: a limit lies between the last number that is
 * borne and the first that is not.
 */
function securityAlert({ type, service, beyond, ...about }: SecurityAlert): Alert {
  const limit = beyond === 0 ? 0 : beyond + 0.75;
  const series = `lumina_security_events_total{type="${type}",service="${service}"}`;
  return {
    ...about,
    area: 'security',
    expr: `sum(increase(lumina_security_events_total{type="${type}"}[5m])) > ${limit}`,
    for: '0s',
    now: '{{ $value | humanize }} in five minutes',
    cases: {
      fires: {
        series: { [series]: `${level(0, 4)} ${level((beyond + 1) * 2, 60)}` },
        notYet: '45s',
        at: '5m15s',
        now: `${(beyond + 1) * 2} in five minutes`,
      },
      healthy: {
        what: beyond === 0 ? 'nothing happened' : `${beyond} in five minutes`,
        series: { [series]: `${level(0, 4)} ${level(beyond, 60)}` },
        at: '5m15s',
      },
      absent: { what: 'the service does not run', series: {}, at: '5m' },
    },
  };
}

const rateLimited = 'lumina_rate_limited_total{scope="tenant",tool="shell",service="tool-executor"}';

export const securityAlerts: readonly Alert[] = [
  securityAlert({
    name: 'LuminaDangerousCommand',
    severity: 'critical',
    type: 'dangerous_command',
    service: 'tool-executor',
    beyond: 0,
    summary: 'A command was refused that its program could use to get out of the sandbox.',
    look: 'The log line "security" of the executor; then what that run had read before: an attacker may have spoken to the model.',
  }),
  securityAlert({
    name: 'LuminaPathTraversal',
    severity: 'critical',
    type: 'path_traversal',
    service: 'tool-executor',
    beyond: 1,
    summary: 'Tools tried to leave their workspace, and were refused.',
    look: 'The log lines "security" with the tool; then what that run had read before.',
  }),
  securityAlert({
    name: 'LuminaAuthFailures',
    severity: 'warning',
    type: 'auth_failure',
    service: 'gateway',
    beyond: 10,
    summary: 'Many requests come without a key that is known here.',
    look: 'Whether one client has lost its key (a roll-out, a rotated secret) or many addresses guess.',
  }),
  securityAlert({
    name: 'LuminaTlsFailures',
    severity: 'warning',
    type: 'tls_failure',
    service: 'tool-executor',
    beyond: 5,
    summary: 'Tools reach hosts whose certificates do not hold.',
    look: 'The hosts in the log lines "security": one host is its fault, all of them are ours (a proxy, a clock).',
  }),
  {
    name: 'LuminaRateLimited',
    severity: 'warning',
    area: 'security',
    expr: 'sum(increase(lumina_rate_limited_total[5m])) > 50.75',
    for: '0s',
    summary: 'Many tool calls are refused because there are too many.',
    look: 'Which tool: panel "Refused by rate". One run that loops, or a limit that is too low for what people do.',
    now: '{{ $value | humanize }} in five minutes',
    cases: {
      fires: {
        series: { [rateLimited]: `${level(0, 4)} ${level(100, 60)}` },
        notYet: '45s',
        at: '5m15s',
        now: '100 in five minutes',
      },
      healthy: {
        what: 'ten in five minutes',
        series: { [rateLimited]: `${level(0, 4)} ${level(10, 60)}` },
        at: '5m15s',
      },
      absent: { what: 'no tool has a limit', series: {}, at: '5m' },
    },
  },
];
