import { type Dashboard, query } from './dashboard';

export const business: Dashboard = {
  name: 'business',
  title: 'Lumina: business',
  says: 'How much it is used, by what, and what that costs.',
  rows: [
    {
      title: 'Today',
      panels: [
        {
          title: 'Threads at work',
          says: 'Threads whose run is under way.',
          unit: 'short',
          isGlance: true,
          queries: [query('max(lumina_active_threads)', 'threads')],
        },
        {
          title: 'Runs of a day',
          says: 'That ended within 24 hours.',
          unit: 'short',
          isGlance: true,
          queries: [query('sum(increase(lumina_runs_total[1d]))', 'runs')],
        },
        {
          title: 'Cost of a day',
          says: 'US dollars within 24 hours, at the configured prices.',
          unit: 'currencyUSD',
          isGlance: true,
          queries: [query('sum(increase(lumina_llm_cost_usd_total[1d]))', 'all models')],
        },
        {
          title: 'Cost of a run',
          says: 'US dollars of 24 hours over the runs that ended meanwhile.',
          unit: 'currencyUSD',
          isGlance: true,
          queries: [
            query(
              'sum(increase(lumina_llm_cost_usd_total[1d])) / sum(increase(lumina_runs_total[1d]))',
              'a run',
            ),
          ],
        },
      ],
    },
    {
      title: 'Over time',
      panels: [
        {
          title: 'Runs by agent',
          says: 'That ended within an hour.',
          unit: 'short',
          queries: [query('sum by (agent) (increase(lumina_runs_total[1h]))')],
        },
        {
          title: 'Cost by model',
          says: 'US dollars within an hour.',
          unit: 'currencyUSD',
          queries: [
            query(
              'sum by (provider, model) (increase(lumina_llm_cost_usd_total[1h]))',
              '{{provider}}/{{model}}',
            ),
          ],
        },
        {
          title: 'Tokens of an hour',
          says: 'By direction.',
          unit: 'short',
          queries: [query('sum by (type) (increase(lumina_llm_tokens_total[1h]))')],
        },
        {
          title: 'Tools that are used',
          says: 'Calls within an hour.',
          unit: 'short',
          queries: [query('topk(10, sum by (tool) (increase(lumina_tool_invocations_total[1h])))')],
        },
        {
          title: 'Feedback',
          says: 'Ratings that were given within a day, by what they were about.',
          unit: 'short',
          queries: [query('sum by (category) (increase(lumina_feedback_total[1d]))')],
        },
      ],
    },
  ],
};
