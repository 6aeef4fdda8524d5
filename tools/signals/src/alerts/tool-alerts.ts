import { type Alert, level, rising } from './alert';

const calls = (status: string, tool = 'web_search'): string =>
  `lumina_tool_invocations_total{tool="${tool}",status="${status}",service="tool-executor"}`;
const errors = (type: string, tool = 'web_search'): string =>
  `lumina_tool_errors_total{tool="${tool}",type="${type}",service="tool-executor"}`;
const cache = (result: string): string =>
  `lumina_cache_operations_total{tool="web_search",operation="get",result="${result}",service="tool-executor"}`;

/** What is the tool's own fault or the world's; a model that looks for a file that is not there is no failure of a tool. */
const faults = 'access_denied|internal|quota|timeout|unavailable';

export const toolAlerts: readonly Alert[] = [
  {
    name: 'LuminaToolFailing',
    severity: 'warning',
    area: 'tools',
    expr:
      `sum by (tool) (rate(lumina_tool_errors_total{type=~"${faults}"}[1m]))` +
      ' / sum by (tool) (rate(lumina_tool_invocations_total[1m])) > 0.2' +
      ` and sum by (tool) (increase(lumina_tool_errors_total{type=~"${faults}"}[5m])) >= 5`,
    for: '2m',
    summary: 'The tool `{{ $labels.tool }}` fails in more than one call in five.',
    look: 'Errors by type: panel "Errors by type". `internal` is the tool, `timeout` and `unavailable` are the world.',
    now: '{{ $value | humanizePercentage }} of its calls',
    cases: {
      fires: {
        series: {
          [calls('ok')]: rising(0, 5, 60),
          [calls('error')]: rising(0, 5, 60),
          [errors('timeout')]: `${level(0, 8)} ${rising(5, 5, 52)}`,
        },
        notYet: '3m',
        at: '10m',
        labels: { tool: 'web_search' },
        now: '50% of its calls',
      },
      healthy: {
        what: 'models look for what is not there, half of the time',
        series: {
          [calls('ok')]: rising(0, 5, 60),
          [calls('error')]: rising(0, 5, 60),
          [errors('not_found')]: rising(0, 5, 60),
          [errors('timeout')]: rising(0, 0, 60),
        },
        at: '12m',
      },
      absent: {
        what: 'nobody calls it',
        series: {
          [calls('ok')]: level(7, 60),
          [calls('error')]: level(7, 60),
          [errors('timeout')]: level(7, 60),
        },
        at: '12m',
      },
    },
  },
  {
    name: 'LuminaCacheHitsLow',
    severity: 'warning',
    area: 'tools',
    expr:
      'sum(rate(lumina_cache_operations_total{operation="get",result=~"hit|shared"}[30m]))' +
      ' / sum(rate(lumina_cache_operations_total{operation="get"}[30m])) < 0.5' +
      ' and sum(increase(lumina_cache_operations_total{operation="get"}[30m])) >= 100',
    for: '15m',
    summary: 'Fewer than half of the questions to the cache of tool results are answered from it.',
    look: 'Which tool: panel "Cache". A shorter life or a key that changes with each call shows there.',
    now: '{{ $value | humanizePercentage }} are',
    cases: {
      fires: {
        series: { [cache('hit')]: rising(0, 2, 240), [cache('miss')]: rising(0, 8, 240) },
        notYet: '14m',
        at: '45m',
        now: '20% are',
      },
      healthy: {
        what: 'four in five are answered',
        series: { [cache('hit')]: rising(0, 8, 240), [cache('miss')]: rising(0, 2, 240) },
        at: '45m',
      },
      absent: {
        what: 'too few ask to say',
        series: { [cache('hit')]: level(0, 240), [cache('miss')]: '0+0.1x239' },
        at: '45m',
      },
    },
  },
];
