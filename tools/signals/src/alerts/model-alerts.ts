import { type Alert, level, rising } from './alert';

const answers = (status: string, model = 'gpt-5'): string =>
  `lumina_llm_requests_total{provider="openai",model="${model}",status="${status}",service="agent-orchestrator"}`;
const nobody =
  'lumina_llm_requests_total{provider="none",model="none",status="error",service="agent-orchestrator"}';
const cost = 'lumina_llm_cost_usd_total{provider="openai",model="gpt-5",service="agent-orchestrator"}';
const budget = (percent: string): string =>
  `lumina_budget_warnings_total{scope="tenant",period="day",percent="${percent}",service="agent-orchestrator"}`;
const rated = (rating: number): string =>
  `lumina_feedback_total{category="correctness",rating="${rating}",service="gateway"}`;
const idle = {
  what: 'no model is asked',
  series: { [answers('ok')]: level(40, 80), [nobody]: level(0, 80) },
  at: '15m',
};

export const modelAlerts: readonly Alert[] = [
  {
    name: 'LuminaModelsDown',
    severity: 'critical',
    area: 'models',
    expr: 'max(lumina_health_check{check="llm"}) == 0',
    for: '1m',
    summary: 'No model of the default chain can be asked: runs fail or wait.',
    look: 'The detail of the check `llm`: who refuses, and with what. 401 is a key, 429 a quota.',
    silences: [
      'LuminaSyntheticFailing',
      'LuminaModelErrors',
      'LuminaModelFallbacks',
      // Whoever waits for an answer is told 502.
      'LuminaErrorRateHigh',
      'LuminaRequestsBurnFast',
      'LuminaRequestsBurnSlow',
      'LuminaRunsBurnFast',
      'LuminaRunsBurnSlow',
      'LuminaFirstTokenBurn',
    ],
    lingers: '6m',
    cases: {
      fires: {
        series: { 'lumina_health_check{check="llm",service="health"}': '1+0x3 0+0x40' },
        notYet: '1m45s',
        at: '2m15s',
      },
      healthy: {
        what: 'the second model of the chain answers',
        series: { 'lumina_health_check{check="llm",service="health"}': level(1, 60) },
        at: '8m',
      },
      absent: { what: 'no health service is scraped', series: {}, at: '8m' },
    },
  },
  {
    name: 'LuminaModelErrors',
    severity: 'warning',
    area: 'models',
    expr:
      'sum(rate(lumina_llm_requests_total{status!="ok"}[5m])) / sum(rate(lumina_llm_requests_total[5m])) > 0.1' +
      ' and sum(increase(lumina_llm_requests_total{status!="ok"}[5m])) >= 5',
    for: '2m',
    summary: 'More than one step in ten gets no answer from any model of its chain.',
    look: 'The failure of such a run (`./lumina explain RUN`), and the status page of the provider.',
    now: '{{ $value | humanizePercentage }} of requests',
    silences: ['LuminaRunsBurnSlow'],
    cases: {
      fires: {
        series: { [answers('ok')]: rising(0, 15, 60), [nobody]: `${level(0, 8)} ${rising(5, 5, 52)}` },
        notYet: '3m',
        at: '10m',
        now: '25% of requests',
      },
      healthy: {
        what: 'one step in fifty',
        series: { [answers('ok')]: rising(0, 49, 60), [nobody]: rising(0, 1, 60) },
        at: '12m',
      },
      absent: idle,
    },
  },
  {
    name: 'LuminaModelFallbacks',
    severity: 'warning',
    area: 'models',
    expr:
      'sum(rate(lumina_llm_fallbacks_total[15m])) / sum(rate(lumina_llm_requests_total{status="ok"}[15m])) > 0.2' +
      ' and sum(increase(lumina_llm_fallbacks_total[15m])) >= 10',
    for: '10m',
    summary: 'More than one answer in five comes from a fallback model.',
    look: 'What the first model of the chain answers: panel "Requests by model".',
    now: '{{ $value | humanizePercentage }} of answers',
    cases: {
      fires: {
        series: {
          [answers('ok')]: rising(0, 10, 140),
          'lumina_llm_fallbacks_total{service="agent-orchestrator"}': rising(0, 5, 140),
        },
        notYet: '8m',
        at: '30m',
        now: '50% of answers',
      },
      healthy: {
        what: 'a few fall back',
        series: {
          [answers('ok')]: rising(0, 100, 140),
          'lumina_llm_fallbacks_total{service="agent-orchestrator"}': rising(0, 5, 140),
        },
        at: '30m',
      },
      absent: {
        what: 'the chain has one model',
        series: {
          [answers('ok')]: rising(0, 10, 140),
          'lumina_llm_fallbacks_total{service="agent-orchestrator"}': level(0, 140),
        },
        at: '30m',
      },
    },
  },
  {
    name: 'LuminaCostHigh',
    severity: 'warning',
    area: 'models',
    expr: 'sum(increase(lumina_llm_cost_usd_total[1h])) * 24 > 100',
    for: '10m',
    summary: 'At the pace of the last hour models cost more than 100 US dollars a day.',
    look: 'Which model and since when: panel "Cost". A tenant that loops shows in the log by its runs.',
    now: '{{ $value | humanize }} dollars a day',
    cases: {
      fires: {
        interval: '1m',
        series: { [cost]: '0+0.1x180' },
        notYet: '45m',
        at: '2h',
        now: '144 dollars a day',
      },
      healthy: { interval: '1m', what: '70 dollars a day', series: { [cost]: '0+0.05x180' }, at: '2h' },
      absent: { interval: '1m', what: 'models without a price', series: { [cost]: level(0, 180) }, at: '2h' },
    },
  },
  {
    name: 'LuminaAccuracyLow',
    severity: 'warning',
    area: 'models',
    // Of bad ratings, for a category that has no good ones has no series of them.
    expr:
      'sum by (category) (increase(lumina_feedback_total{rating=~"1|2|3"}[1d])) / sum by (category) (increase(lumina_feedback_total[1d])) > 0.1' +
      ' and sum by (category) (increase(lumina_feedback_total[1d])) >= 20',
    for: '15m',
    summary:
      'More than one in ten of the ratings of a day are 3 or less ({{ $labels.category }}): people do not get what they asked for.',
    look: 'Since when, and what changed then: a model, an agent, a tool that fails. The feedback has comments.',
    cases: {
      fires: {
        interval: '1m',
        series: { [rated(2)]: '0+1x180', [rated(5)]: '0+1x180' },
        notYet: '20m',
        at: '2h',
        labels: { category: 'correctness' },
      },
      healthy: {
        interval: '1m',
        what: 'one in eleven is bad',
        series: { [rated(2)]: '0+1x180', [rated(5)]: '0+10x180' },
        at: '2h',
      },
      absent: {
        interval: '1m',
        what: 'four people have rated',
        series: { [rated(1)]: '0 0 0 2 4 4+0x170' },
        at: '2h',
      },
    },
  },
  {
    name: 'LuminaBudgetSpent',
    severity: 'info',
    area: 'models',
    expr: 'sum by (scope, period) (increase(lumina_budget_warnings_total{scope!="thread",percent="100"}[15m])) > 0',
    for: '0s',
    summary:
      'A budget over many runs is used up ({{ $labels.scope }}, {{ $labels.period }}): what it counts waits or is refused.',
    look: 'The log line "budget" with percent 100 names it; `GET /budgets` says what is left of all, and when they turn.',
    cases: {
      fires: {
        series: { [budget('100')]: `${level(0, 4)} ${level(1, 40)}`, [budget('80')]: level(1, 44) },
        notYet: '45s',
        at: '2m',
        labels: { scope: 'tenant', period: 'day' },
      },
      healthy: {
        what: 'four fifths are used',
        series: { [budget('100')]: level(0, 44), [budget('80')]: `${level(0, 4)} ${level(1, 40)}` },
        at: '5m',
      },
      absent: {
        what: 'a budget of one thread, and none besides',
        series: { [budget('100').replace('tenant', 'thread')]: `${level(0, 4)} ${level(1, 40)}` },
        at: '5m',
      },
    },
  },
];
