/** How numbers are written at the axis: the names that Grafana has for units. */
export type Unit = 'short' | 's' | 'bytes' | 'percentunit' | 'currencyUSD' | 'ops' | 'reqps' | 'bool_yes_no';

export interface Query {
  /** May use `$__rate_interval` as a window. */
  readonly expr: string;
  /** Names a series by its labels: `{{tool}}`. */
  readonly legend: string;
}

export interface Panel {
  /** Names it within its dashboard; `look` of an alert may. */
  readonly title: string;
  /** What the reader sees, and what is well. */
  readonly says: string;
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** Numbers that are read at a glance, instead of lines over time. */
  readonly isGlance?: boolean;
  /** Where an alert draws the line, in the unit of the panel. */
  readonly limit?: number;
  /** Alerts that lead here. */
  readonly alerts?: readonly `Lumina${string}`[];
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface Dashboard {
  readonly name: 'application' | 'tools' | 'llm' | 'quality' | 'infrastructure' | 'business';
  readonly title: string;
  /** Whom it answers what. */
  readonly says: string;
  readonly rows: readonly Row[];
}

/** The 95th and other percentiles of a histogram, by labels, of the series that `selector` leaves. */
export const quantile = (share: number, histogram: string, by = '', selector = ''): string => {
  const labels = by === '' ? 'le' : `le, ${by}`;
  return `histogram_quantile(${share}, sum by (${labels}) (rate(${histogram}_bucket${selector}[$__rate_interval])))`;
};

/** Events a second. */
export const rate = (counter: string, by = ''): string =>
  `sum${by === '' ? '' : ` by (${by})`} (rate(${counter}[$__rate_interval]))`;

/** `by (le, route)` in an expression: its lines are named by their routes. */
const groupedBy = (expr: string): string =>
  (/ by \(([\w, ]+)\)/.exec(expr)?.[1] ?? '')
    .split(', ')
    .filter((label) => !['', 'le'].includes(label))
    .map((label) => `{{${label}}}`)
    .join(' ');

/** Its lines are named by what they are grouped by, unless a legend says otherwise. */
export const query = (expr: string, legend = groupedBy(expr)): Query => ({ expr, legend });
