/** Who is told: critical wakes somebody, warning is for working hours, info is for a channel nobody must read. */
export const severities = ['critical', 'warning', 'info', 'none'] as const;
export type Severity = (typeof severities)[number];

/** The dashboard on which an alert is seen. */
export const areas = ['runs', 'store', 'processes', 'models', 'tools', 'security', 'watch'] as const;
export type Area = (typeof areas)[number];

/** Time series as promtool writes them: one value each `interval` (15 s where a case does not say). */
export type Series = Readonly<Record<string, string>>;

export interface FiringCase {
  readonly interval?: string;
  readonly series: Series;
  /** When it must not fire yet though its cause is there. */
  readonly notYet: string;
  /** When it must fire. */
  readonly at: string;
  /** Labels of the alert besides severity and area. */
  readonly labels?: Readonly<Record<string, string>>;
  /** What `now` must say. */
  readonly now?: string;
}

export interface QuietCase {
  readonly interval?: string;
  /** What is so, in words. */
  readonly what: string;
  readonly series: Series;
  readonly at: string;
}

export interface Alert {
  readonly name: `Lumina${string}`;
  readonly severity: Severity;
  readonly area: Area;
  readonly expr: string;
  /** How long it must hold before anybody hears of it. */
  readonly for: string;
  /** What is wrong, in one line; may name `{{ $labels.… }}`. */
  readonly summary: string;
  /** What the reader should look at first. */
  readonly look: string;
  /** How bad it is, with `{{ $value }}`. */
  readonly now?: string;
  /** Alerts that follow from this one, and say nothing more while it fires. */
  readonly silences?: readonly string[];
  /**
   * How long it goes on after its cause is gone: longer than the five minutes for which those that it silences still see what was; a minute
   * where it sees them itself. What silences one that lingers lingers for longer.
   */
  readonly lingers?: '1m' | '6m' | '8m';
  readonly cases: {
    readonly fires: FiringCase;
    readonly healthy: QuietCase;
    /** What is absent on purpose and must not look like an alarm. */
    readonly absent: QuietCase;
  };
}

/** All requests but those that ask how it is: 503 is a good answer to them. */
export const requestsOf = (...matchers: readonly string[]): string =>
  `lumina_requests_total{${[...matchers, 'route!~"/health.*"'].join(',')}}`;

/** `count` values, all the same. */
export const level = (value: number, count: number): string => `${value}+0x${count - 1}`;
/** `count` values that grow by `step`, from `first` on. */
export const rising = (first: number, step: number, count: number): string => `${first}+${step}x${count - 1}`;
