import { type Dashboard, query, quantile, rate } from './dashboard';

const calls = 'lumina_tool_invocations_total';
const asked = 'lumina_cache_operations_total{operation="get"}';
const answered = 'lumina_cache_operations_total{operation="get",result=~"hit|shared"}';

export const tools: Dashboard = {
  name: 'tools',
  title: 'Lumina: tools',
  says: 'Which tools are called, how they answer and what refuses them.',
  rows: [
    {
      title: 'Calls',
      panels: [
        {
          title: 'Calls by tool',
          says: 'Answered calls a second.',
          unit: 'ops',
          queries: [query(rate(calls, 'tool'))],
        },
        {
          title: 'Answered well',
          says: 'Share of calls that were answered without an error; 98 % is the target.',
          unit: 'percentunit',
          queries: [
            query(`${rate(`${calls}{status="ok"}`, 'tool')} / ${rate(calls, 'tool')}`),
            query(`${rate(`${calls}{status="ok"}`)} / ${rate(calls)}`, 'all'),
          ],
        },
        {
          title: 'Errors by type',
          says: '`internal` is the tool, `timeout` and `unavailable` are the world; `not_found` and the like are the model’s guesses.',
          unit: 'ops',
          alerts: ['LuminaToolFailing'],
          queries: [query(rate('lumina_tool_errors_total', 'tool, type'))],
        },
        {
          title: 'Duration by tool',
          says: 'So long one call in twenty takes at least.',
          unit: 's',
          queries: [query(quantile(0.95, 'lumina_tool_duration_seconds', 'tool'))],
        },
        {
          title: 'Outcome unknown',
          says: 'Calls of a quarter of an hour that a crash left open and that must not be repeated.',
          unit: 'short',
          alerts: ['LuminaOutcomeUnknown'],
          queries: [query('sum by (tool) (increase(lumina_tool_outcomes_unknown_total[15m]))')],
        },
        {
          title: 'Switched off',
          says: 'Tools that somebody switched off.',
          unit: 'short',
          queries: [query('max by (scope) (lumina_tools_switched_off)')],
        },
      ],
    },
    {
      title: 'Limits and cache',
      panels: [
        {
          title: 'Refused by rate',
          says: 'Calls of five minutes that were refused because there were too many.',
          unit: 'short',
          limit: 50,
          alerts: ['LuminaRateLimited'],
          queries: [
            query('sum by (scope, tool) (increase(lumina_rate_limited_total[5m]))', '{{tool}} ({{scope}})'),
          ],
        },
        {
          title: 'Cache',
          says: 'Share of questions to the cache that it could answer; 60 % is the target.',
          unit: 'percentunit',
          limit: 0.5,
          alerts: ['LuminaCacheHitsLow'],
          queries: [
            query(`${rate(answered)} / ${rate(asked)}`, 'all'),
            query(`${rate(answered, 'tool')} / ${rate(asked, 'tool')}`),
          ],
        },
      ],
    },
    {
      title: 'The world outside',
      panels: [
        {
          title: 'HTTP by outcome',
          says: 'Calls of tools over HTTP, a second.',
          unit: 'reqps',
          queries: [query(rate('lumina_web_requests_total', 'outcome, status'))],
        },
        {
          title: 'HTTP duration',
          says: 'Redirects and retries included.',
          unit: 's',
          queries: [0.5, 0.95].map((share) =>
            query(quantile(share, 'lumina_web_request_duration_seconds'), `${share * 100} %`),
          ),
        },
        {
          title: 'MCP servers',
          says: 'Whether executors are connected, and how often a connection was lost in an hour.',
          unit: 'short',
          queries: [
            query('min by (server) (lumina_mcp_server_up)', '{{server}} connected'),
            query('sum by (server) (increase(lumina_mcp_server_losses_total[1h]))', '{{server}} lost'),
          ],
        },
      ],
    },
  ],
};
