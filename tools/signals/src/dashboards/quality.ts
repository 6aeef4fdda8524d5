import { type Dashboard, query, quantile, rate } from './dashboard';

const good = 'lumina_runs_total{outcome="succeeded"}';
const counted = 'lumina_runs_total{outcome!="cancelled"}';

/** A rating is a label: its mean is a sum over the five there are. */
const meanRating = (by: string): string => {
  const each = [1, 2, 3, 4, 5].map(
    (rating) =>
      `(${rating} * sum by (${by}) (increase(lumina_feedback_total{rating="${rating}"}[1d])) or 0 * ${all(by)})`,
  );
  return `(${each.join(' + ')}) / ${all(by)}`;
};
const all = (by: string): string => `sum by (${by}) (increase(lumina_feedback_total[1d]))`;

export const quality: Dashboard = {
  name: 'quality',
  title: 'Lumina: quality',
  says: 'Whether people get what they asked for, and what crashes cost them.',
  rows: [
    {
      title: 'What people think',
      panels: [
        {
          title: 'Mean rating of a day',
          says: 'From 1 (poor) to 5 (excellent), by what it was about; 4.5 is the target.',
          unit: 'short',
          alerts: ['LuminaAccuracyLow'],
          queries: [query(meanRating('category'), '{{category}}')],
        },
        {
          title: 'Ratings',
          says: 'How many of each were given, a day.',
          unit: 'short',
          queries: [query('sum by (rating) (increase(lumina_feedback_total[1d]))')],
        },
      ],
    },
    {
      title: 'How work ends',
      panels: [
        {
          title: 'Runs that ended well',
          says: 'Share of those that nobody cancelled, by agent.',
          unit: 'percentunit',
          queries: [
            query(`${rate(good)} / ${rate(counted)}`, 'all'),
            query(`${rate(good, 'agent')} / ${rate(counted, 'agent')}`),
          ],
        },
        {
          title: 'Calls of a run',
          says: 'Tool calls and answers of models for each run that ended.',
          unit: 'short',
          queries: [
            query(`${rate('lumina_tool_invocations_total')} / ${rate('lumina_runs_total')}`, 'tool calls'),
            query(
              `${rate('lumina_llm_requests_total{status="ok"}')} / ${rate('lumina_runs_total')}`,
              'answers',
            ),
          ],
        },
      ],
    },
    {
      title: 'Recovery',
      panels: [
        {
          title: 'Recovery time',
          says: 'How long an item that lost its worker lay there until it was rung for again.',
          unit: 's',
          limit: 30,
          alerts: ['LuminaRecoveryBurn'],
          queries: [0.5, 0.99].map((share) =>
            query(quantile(share, 'lumina_run_recovery_seconds'), `${share * 100} %`),
          ),
        },
        {
          title: 'Work taken over',
          says: 'From a worker that fell silent, or rung for again, by cause, in five minutes.',
          unit: 'short',
          queries: [query('sum by (cause) (increase(lumina_runs_recovered_total[5m]))')],
        },
      ],
    },
  ],
};
