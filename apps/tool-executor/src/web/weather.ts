import type { ToolFailure } from '../tool';

export interface WeatherQuestion {
  readonly place: string;
  readonly days: number;
  readonly signal: AbortSignal;
}

export interface DayForecast {
  /** `2026-11-26` */
  readonly date: string;
  readonly sky: string;
  readonly minC: number;
  readonly maxC: number;
  readonly rainPercent: number | undefined;
}

export interface Weather {
  readonly kind: 'ok';
  /** The place that was found, so that a wrong one is noticed. */
  readonly place: string;
  /** Local time of the observation. */
  readonly at: string;
  readonly sky: string;
  readonly temperatureC: number;
  readonly feelsLikeC: number;
  readonly humidityPercent: number;
  readonly windKmh: number;
  readonly days: readonly DayForecast[];
}

/** A weather service. Never rejects. */
export interface WeatherProvider {
  readonly name: string;
  ask(question: WeatherQuestion): Promise<Weather | ToolFailure>;
}
