import { requestsOf } from '../alerts/alert';
import { type Dashboard, query, quantile, rate } from './dashboard';

const requests = 'lumina_requests_total{service="gateway"}';
/** As alerts count them. */
const answered = requestsOf();
const failed = requestsOf('status=~"5.."');

export const application: Dashboard = {
  name: 'application',
  title: 'Lumina: application',
  says: 'Whether requests and runs go well: rate, errors, duration.',
  rows: [
    {
      title: 'Requests',
      panels: [
        {
          title: 'Requests by route',
          says: 'Answered requests a second.',
          unit: 'reqps',
          queries: [query(rate(requests, 'route'))],
        },
        {
          title: 'Errors',
          says: 'Answers with a status from 500 on, by route, and their share of all. Questions how Lumina is do not count.',
          unit: 'percentunit',
          limit: 0.01,
          alerts: ['LuminaErrorRateHigh', 'LuminaRequestsBurnFast', 'LuminaRequestsBurnSlow'],
          queries: [
            query(`${rate(failed)} / ${rate(answered)}`, 'all routes'),
            query(`${rate(failed, 'route, status')} / on () group_left () ${rate(answered)}`),
          ],
        },
        {
          title: 'Latency by route',
          says: 'So long one request in twenty takes at least. A stream lasts as long as its run.',
          unit: 's',
          limit: 5,
          alerts: ['LuminaLatencyHigh'],
          queries: [query(quantile(0.95, 'lumina_request_duration_seconds', 'route'))],
        },
        {
          title: 'Streams',
          says: 'Listeners that came, by how they went. A cursor is refused when its events were forgotten.',
          unit: 'ops',
          alerts: ['LuminaStreamsBurn'],
          queries: [query(rate('lumina_streams_total', 'outcome'))],
        },
        {
          title: 'Listeners',
          says: 'Streams that are open, and how often one had to be read again from its own stream.',
          unit: 'short',
          queries: [
            query('sum by (instance) (lumina_streams_open)', 'open at {{instance}}'),
            query(rate('lumina_stream_rereads_total'), 'read again, a second'),
          ],
        },
        {
          title: 'Refused requests',
          says: 'Attempts that were refused, by type, in five minutes.',
          unit: 'short',
          alerts: [
            'LuminaAuthFailures',
            'LuminaDangerousCommand',
            'LuminaPathTraversal',
            'LuminaTlsFailures',
          ],
          queries: [query('sum by (type) (increase(lumina_security_events_total[5m]))')],
        },
      ],
    },
    {
      title: 'Runs',
      panels: [
        {
          title: 'Runs by outcome',
          says: 'Runs that ended, a second.',
          unit: 'ops',
          alerts: ['LuminaRunsBurnFast', 'LuminaRunsBurnSlow'],
          queries: [query(rate('lumina_runs_total', 'outcome'))],
        },
        {
          title: 'Run duration',
          says: 'From acceptance to end, of runs that ended well.',
          unit: 's',
          queries: [0.5, 0.95, 0.99].map((share) =>
            query(
              quantile(share, 'lumina_run_duration_seconds', '', '{outcome="succeeded"}'),
              `${share * 100} %`,
            ),
          ),
        },
        {
          title: 'Queue wait',
          says: 'From the acceptance of a run to the beginning of its first step.',
          unit: 's',
          limit: 5,
          alerts: ['LuminaQueueWaitBurnFast', 'LuminaQueueWaitBurnSlow'],
          queries: [0.5, 0.99].map((share) =>
            query(quantile(share, 'lumina_run_queue_wait_seconds'), `${share * 100} %`),
          ),
        },
        {
          title: 'Runs that do not move',
          says: 'Times in five minutes that an item was rung for in vain, or begun too often.',
          unit: 'short',
          alerts: ['LuminaRunStuck'],
          queries: [query('sum by (cause) (increase(lumina_runs_stuck_total[5m]))')],
        },
        {
          title: 'Questions to people',
          says: 'How long the oldest open question has waited.',
          unit: 's',
          limit: 3_600,
          alerts: ['LuminaApprovalWaiting'],
          queries: [query('max by (kind) (lumina_question_oldest_age_seconds)')],
        },
        {
          title: 'Synthetic runs',
          says: 'Of ten minutes, by outcome. They are counted nowhere else.',
          unit: 'short',
          alerts: ['LuminaSyntheticFailing'],
          queries: [query('sum by (outcome) (increase(lumina_synthetic_runs_total[10m]))')],
        },
        {
          title: 'Duration of synthetic runs',
          says: 'How long the last one took.',
          unit: 's',
          queries: [query('max(lumina_synthetic_run_duration_seconds)', 'the last')],
        },
        {
          title: 'Open items',
          says: 'What all runs wait for.',
          unit: 'short',
          queries: [query('max by (kind) (lumina_open_items)')],
        },
      ],
    },
    {
      title: 'Service levels',
      panels: [
        {
          title: 'Bad events of the last hour',
          says: 'Share of events that broke their promise. docs/alerts.md has the promises.',
          unit: 'percentunit',
          queries: [query('lumina:slo_bad:ratio1h', '{{slo}}')],
        },
        {
          title: 'Bad events of three days',
          says: 'The same over three days: what is left of a budget of thirty.',
          unit: 'percentunit',
          queries: [query('lumina:slo_bad:ratio3d', '{{slo}}')],
        },
      ],
    },
  ],
};
