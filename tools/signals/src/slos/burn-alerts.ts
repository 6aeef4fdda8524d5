import { type Alert, type FiringCase, type Series, level, rising } from '../alerts/alert';
import { type Slo, slos } from './slos';

/** Windows of the recording rules. */
export const windows = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'] as const;
type Window = (typeof windows)[number];

/**
 * A budget lasts 30 days. Spent `factor` times too fast it is gone in 30/factor days; the short window sees that it has
 * not stopped meanwhile.
 */
interface Burn {
  readonly factor: number;
  readonly long: Window;
  readonly short: Window;
}

export const fast: readonly Burn[] = [{ factor: 14.4, long: '1h', short: '5m' }];
/** Six times too fast leaves five days: enough to wait for the morning, and it would page again for half an hour after an outage. */
export const slow: readonly Burn[] = [
  { factor: 6, long: '6h', short: '30m' },
  { factor: 3, long: '1d', short: '2h' },
  { factor: 1, long: '3d', short: '6h' },
];

export const ratioOf = (window: Window): string => `lumina:slo_bad:ratio${window}`;
export const badOf = (window: Window): string => `lumina:slo_bad:increase${window}`;

/** 14.4 × 0.001, without what floating point adds. */
const share = (factor: number, objective: number): number =>
  Number((factor * (1 - objective)).toPrecision(6));

function expression({ name, objective, leastBad }: Slo, burns: readonly Burn[]): string {
  const label = `{slo="${name}"}`;
  return burns
    .map(({ factor, long, short }) => {
      const limit = share(factor, objective);
      const least = `${badOf(long)}${label} >= ${leastBad}`;
      return `(${ratioOf(long)}${label} > ${limit} and ${ratioOf(short)}${label} > ${limit} and ${least})`;
    })
    .join(' or ');
}

/** Series of the events of an SLO, `bad` of each 100 going wrong every minute. */
function events(
  { name }: Slo,
  badShare: string,
  goodShare: string,
  all = sumOf(badShare, goodShare),
): Series {
  const histogram = (metric: string, le: string) => ({
    [`${metric}_count{service="x"}`]: all,
    [`${metric}_bucket{le="${le}",service="x"}`]: goodShare,
  });
  switch (name) {
    case 'requests':
      return {
        'lumina_requests_total{status="503",route="/chat",service="gateway"}': badShare,
        'lumina_requests_total{status="200",route="/chat",service="gateway"}': goodShare,
      };
    case 'runs':
      return {
        'lumina_runs_total{outcome="failed",agent="lumina",service="agent-orchestrator"}': badShare,
        'lumina_runs_total{outcome="succeeded",agent="lumina",service="agent-orchestrator"}': goodShare,
        'lumina_runs_total{outcome="cancelled",agent="lumina",service="agent-orchestrator"}': '0+500x4400',
      };
    case 'streams':
      return {
        'lumina_streams_total{outcome="cursor_refused",service="gateway"}': badShare,
        'lumina_streams_total{outcome="ended",service="gateway"}': goodShare,
      };
    case 'queue-wait':
      return histogram('lumina_run_queue_wait_seconds', '5');
    case 'first-token':
      return histogram('lumina_llm_time_to_first_token_seconds', '5.0');
    default:
      return histogram('lumina_run_recovery_seconds', '30');
  }
}

/** The sum of two rising series, `a+bxn` each. */
function sumOf(one: string, other: string): string {
  const parts = [one, other].map(
    (text) => /^([\d.]+)\+([\d.]+)x(\d+)$/.exec(text)?.slice(1).map(Number) ?? [],
  );
  const [[a = 0, b = 0, n = 0] = [], [c = 0, d = 0] = []] = parts;
  return `${a + c}+${b + d}x${n}`;
}

const minutes = (count: number): string => `${count}m`;
/** One event, after a while. */
const once = `${level(0, 20)} ${level(1, 400)}`;
const busy = (bad: number, good: number, count: number) =>
  [rising(0, bad, count), rising(0, good, count)] as const;

interface Course {
  readonly factor: number;
  /** How long all goes well before the budget is spent too fast, and how long after that it must not and must fire. Minutes. */
  readonly peace: number;
  readonly notYet: number;
  readonly fires: number;
}

/** So many minutes in which `before` is added each minute, then as many more in which `after` is. */
const turning = (before: number, after: number, { peace, fires }: Course): string =>
  `${rising(0, before, peace)} ${rising(before * (peace - 1) + after, after, fires + 30)}`;

/** A hundred events a minute, none of them bad at first; then half as many again as the alert bears. */
function firingCase(slo: Slo, course: Course): FiringCase {
  const { factor, peace, notYet, fires } = course;
  const bad = Number(Math.min(90, share(factor, slo.objective) * 100 * 1.5).toPrecision(4));
  const good = Number((100 - bad).toPrecision(6));
  return {
    interval: '1m',
    series: events(
      slo,
      turning(0, bad, course),
      turning(100, good, course),
      rising(0, 100, peace + fires + 30),
    ),
    notYet: minutes(peace + notYet),
    at: minutes(peace + fires),
    labels: { slo: slo.name },
  };
}

/**
 * When each crosses its line, by arithmetic: an hour in which 21.6 times the budget is spent from minute x on has spent 14.4 times after
 * 40 minutes; with 4.5 times, the window of six hours has spent its share after 80. `Burn` takes the first of all windows.
 */
const courses = {
  fast: { factor: 14.4, peace: 120, notYet: 30, fires: 60 },
  slow: { factor: 3, peace: 360, notYet: 60, fires: 180 },
  any: { factor: 14.4, peace: 120, notYet: 5, fires: 60 },
} as const;

interface BurnAlert {
  readonly slo: Slo;
  readonly suffix: string;
  readonly burns: readonly Burn[];
  readonly severity: Alert['severity'];
  readonly fires: FiringCase;
}

function burnAlert({ slo, suffix, burns, severity, fires }: BurnAlert): Alert {
  const { title, objective, subject, promise, look } = slo;
  const percent = Number((objective * 100).toPrecision(6));
  const pace = suffix === 'BurnFast' ? 'within hours' : 'before its time';
  return {
    name: `Lumina${title}${suffix}`,
    severity,
    area: 'runs',
    expr: expression(slo, burns),
    for: '2m',
    summary: `${percent} % of ${subject} ${promise}: the budget for the others is spent ${pace}.`,
    look,
    ...(suffix === 'BurnFast' ? { silences: [`Lumina${title}BurnSlow`] } : {}),
    cases: {
      fires,
      healthy: {
        interval: '1m',
        what: 'half of what the budget allows goes wrong',
        series: events(slo, ...busy((1 - objective) * 50, 100 - (1 - objective) * 50, 480)),
        at: minutes(440),
      },
      absent: {
        interval: '1m',
        what: 'little traffic: one of a few goes wrong',
        series: events(slo, once, level(0, 420), once),
        at: minutes(60),
      },
    },
  };
}

/** What is told when the budget of a service level is spent too fast. */
export function burnAlertsOf(slo: Slo): readonly Alert[] {
  if (!slo.pages) {
    const burns = [...fast, ...slow];
    return [
      burnAlert({ slo, suffix: 'Burn', burns, severity: 'warning', fires: firingCase(slo, courses.any) }),
    ];
  }
  return [
    burnAlert({
      slo,
      suffix: 'BurnFast',
      burns: fast,
      severity: 'critical',
      fires: firingCase(slo, courses.fast),
    }),
    burnAlert({
      slo,
      suffix: 'BurnSlow',
      burns: slow,
      severity: 'warning',
      fires: firingCase(slo, courses.slow),
    }),
  ];
}

export const burnAlerts: readonly Alert[] = slos.flatMap(burnAlertsOf);
