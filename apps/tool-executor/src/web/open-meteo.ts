import type { HttpClient } from '@lumina/platform';
import { z } from 'zod';
import { failure } from '../tool';
import { askJson } from './json-call';
import type { DayForecast, WeatherProvider } from './weather';

export interface OpenMeteoOptions {
  readonly client: Pick<HttpClient, 'send'>;
  readonly geocodingUrl?: string;
  readonly forecastUrl?: string;
}

const places = z.object({
  results: z
    .array(
      z.object({
        name: z.string(),
        admin1: z.string().optional(),
        country: z.string().optional(),
        latitude: z.number(),
        longitude: z.number(),
      }),
    )
    .default([]),
});

const forecast = z.object({
  current: z.object({
    time: z.string(),
    temperature_2m: z.number(),
    apparent_temperature: z.number(),
    relative_humidity_2m: z.number(),
    weather_code: z.number(),
    wind_speed_10m: z.number(),
  }),
  daily: z.object({
    time: z.array(z.string()),
    weather_code: z.array(z.number().nullable()),
    temperature_2m_max: z.array(z.number().nullable()),
    temperature_2m_min: z.array(z.number().nullable()),
    precipitation_probability_max: z.array(z.number().nullable()),
  }),
});

/** The codes of the World Meteorological Organization that Open-Meteo uses. */
const skies: Readonly<Record<number, string>> = {
  0: 'clear',
  1: 'mainly clear',
  2: 'partly cloudy',
  3: 'overcast',
  45: 'fog',
  48: 'freezing fog',
  51: 'light drizzle',
  53: 'drizzle',
  55: 'heavy drizzle',
  56: 'light freezing drizzle',
  57: 'freezing drizzle',
  61: 'light rain',
  63: 'rain',
  65: 'heavy rain',
  66: 'light freezing rain',
  67: 'freezing rain',
  71: 'light snow',
  73: 'snow',
  75: 'heavy snow',
  77: 'snow grains',
  80: 'light showers',
  81: 'showers',
  82: 'violent showers',
  85: 'light snow showers',
  86: 'snow showers',
  95: 'thunderstorm',
  96: 'thunderstorm with hail',
  99: 'thunderstorm with heavy hail',
};
const skyOf = (code: number | null | undefined): string =>
  (code === null || code === undefined ? undefined : skies[code]) ?? 'unknown';

type Daily = z.infer<typeof forecast>['daily'];

const daysOf = (daily: Daily): readonly DayForecast[] =>
  daily.time.flatMap((date, index) => {
    const [min, max] = [daily.temperature_2m_min[index], daily.temperature_2m_max[index]];
    if (typeof min !== 'number' || typeof max !== 'number') return [];
    const rainPercent = daily.precipitation_probability_max[index] ?? undefined;
    return [{ date, sky: skyOf(daily.weather_code[index]), minC: min, maxC: max, rainPercent }];
  });

/** Open-Meteo: needs no key. Finds the place by its own geocoding. */
export function openMeteo({
  client,
  geocodingUrl = 'https://geocoding-api.open-meteo.com',
  forecastUrl = 'https://api.open-meteo.com',
}: OpenMeteoOptions): WeatherProvider {
  const service = 'Open-Meteo';
  return {
    name: service,
    async ask({ place, days, signal }) {
      const named = new URLSearchParams({ name: place, count: '1', language: 'en', format: 'json' });
      const found = await askJson({
        client,
        request: { url: `${geocodingUrl}/v1/search?${named.toString()}`, signal },
        schema: places,
        service,
      });
      if (found.kind === 'error') return found;
      const [first] = found.value.results;
      if (first === undefined)
        return failure(
          'not_found',
          `no place is known as "${place}"; try the name of the nearest town, alone and in English`,
        );
      const query = new URLSearchParams({
        latitude: String(first.latitude),
        longitude: String(first.longitude),
        current: 'temperature_2m,apparent_temperature,relative_humidity_2m,weather_code,wind_speed_10m',
        daily: 'weather_code,temperature_2m_max,temperature_2m_min,precipitation_probability_max',
        forecast_days: String(days),
        timezone: 'auto',
      });
      const answer = await askJson({
        client,
        request: { url: `${forecastUrl}/v1/forecast?${query.toString()}`, signal },
        schema: forecast,
        service,
      });
      if (answer.kind === 'error') return answer;
      const { current, daily } = answer.value;
      return {
        kind: 'ok',
        place: [first.name, first.admin1, first.country].filter((part) => part !== undefined).join(', '),
        at: current.time,
        sky: skyOf(current.weather_code),
        temperatureC: current.temperature_2m,
        feelsLikeC: current.apparent_temperature,
        humidityPercent: current.relative_humidity_2m,
        windKmh: current.wind_speed_10m,
        days: daysOf(daily),
      };
    },
  };
}
