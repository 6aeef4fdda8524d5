import { type Dashboard, query, quantile, rate } from './dashboard';

export const llm: Dashboard = {
  name: 'llm',
  title: 'Lumina: models',
  says: 'Which models answer, how fast, at what price, and what they refuse.',
  rows: [
    {
      title: 'Answers',
      panels: [
        {
          title: 'Models can be asked',
          says: '1 while a model of the default chain can be asked; the health service says which.',
          unit: 'bool_yes_no',
          alerts: ['LuminaModelsDown'],
          queries: [query('max(lumina_health_check{check="llm"})', 'a model of the default chain')],
        },
        {
          title: 'Requests by model',
          says: 'Answers a second. `none`: steps that no model of their chain answered.',
          unit: 'reqps',
          alerts: ['LuminaModelErrors', 'LuminaModelFallbacks'],
          queries: [
            query(
              rate('lumina_llm_requests_total', 'provider, model, status'),
              '{{provider}}/{{model}} {{status}}',
            ),
            query(rate('lumina_llm_fallbacks_total'), 'from a fallback'),
          ],
        },
        {
          title: 'Failures by code',
          says: 'Each attempt at a request for itself.',
          unit: 'ops',
          queries: [
            query(
              rate('lumina_llm_failures_total', 'provider, model, code'),
              '{{provider}}/{{model}} {{code}}',
            ),
          ],
        },
        {
          title: 'Breakers',
          says: '1: the model is left alone after failures; 0.5: one request tries it.',
          unit: 'short',
          queries: [query('max by (provider, model) (lumina_llm_breaker_open)', '{{provider}}/{{model}}')],
        },
        {
          title: 'Answers that broke off',
          says: 'and were gone on with by another request, an hour.',
          unit: 'short',
          queries: [
            query(
              'sum by (provider, model) (increase(lumina_llm_stitches_total[1h]))',
              '{{provider}}/{{model}}',
            ),
          ],
        },
      ],
    },
    {
      title: 'Speed',
      panels: [
        {
          title: 'Time to first token',
          says: 'So long one answer in twenty takes at least to show its first word.',
          unit: 's',
          limit: 5,
          alerts: ['LuminaFirstTokenBurn'],
          queries: [
            query(
              quantile(0.95, 'lumina_llm_time_to_first_token_seconds', 'provider, model'),
              '{{provider}}/{{model}}',
            ),
          ],
        },
        {
          title: 'Duration of an answer',
          says: 'The middle and the slowest twentieth.',
          unit: 's',
          queries: [
            query(quantile(0.5, 'lumina_llm_duration_seconds', 'model'), '{{model}} 50 %'),
            query(quantile(0.95, 'lumina_llm_duration_seconds', 'model'), '{{model}} 95 %'),
          ],
        },
      ],
    },
    {
      title: 'Spending',
      panels: [
        {
          title: 'Tokens',
          says: 'A second, by direction.',
          unit: 'ops',
          queries: [query(rate('lumina_llm_tokens_total', 'model, type'))],
        },
        {
          title: 'Cost',
          says: 'US dollars a day at the pace of the last hour, at the configured prices.',
          unit: 'currencyUSD',
          limit: 100,
          alerts: ['LuminaCostHigh'],
          queries: [
            query('sum(increase(lumina_llm_cost_usd_total[1h])) * 24', 'all models'),
            query(
              'sum by (provider, model) (increase(lumina_llm_cost_usd_total[1h])) * 24',
              '{{provider}}/{{model}}',
            ),
          ],
        },
        {
          title: 'Budgets that run out',
          says: 'Budgets over many runs of which so much was used, a day.',
          unit: 'short',
          alerts: ['LuminaBudgetSpent'],
          queries: [
            query(
              'sum by (scope, period, percent) (increase(lumina_budget_warnings_total[1d]))',
              '{{scope}} {{period}}: {{percent}} %',
            ),
            query('sum(increase(lumina_budget_holds_settled_total[1d]))', 'holds settled by the ledger'),
          ],
        },
      ],
    },
  ],
};
