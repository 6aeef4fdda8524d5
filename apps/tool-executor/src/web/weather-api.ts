import type { HttpClient } from '@lumina/platform';
import { z } from 'zod';
import { failure } from '../tool';
import { askJson } from './json-call';
import type { WeatherProvider } from './weather';

export interface WeatherApiOptions {
  readonly client: Pick<HttpClient, 'send'>;
  readonly key: () => string;
  readonly url?: string;
}

const condition = z.object({ text: z.string() });
const answered = z.object({
  location: z.object({ name: z.string(), region: z.string(), country: z.string(), localtime: z.string() }),
  current: z.object({
    temp_c: z.number(),
    feelslike_c: z.number(),
    humidity: z.number(),
    wind_kph: z.number(),
    condition,
  }),
  forecast: z.object({
    forecastday: z.array(
      z.object({
        date: z.string(),
        day: z.object({
          mintemp_c: z.number(),
          maxtemp_c: z.number(),
          daily_chance_of_rain: z.number().optional(),
          condition,
        }),
      }),
    ),
  }),
});

/** WeatherAPI.com: needs a key, which it takes in the URL alone; what is said about a call never shows the URL. */
export function weatherApi({
  client,
  key,
  url = 'https://api.weatherapi.com',
}: WeatherApiOptions): WeatherProvider {
  const service = 'WeatherAPI';
  return {
    name: service,
    async ask({ place, days, signal }) {
      const query = new URLSearchParams({
        key: key(),
        q: place,
        days: String(days),
        aqi: 'no',
        alerts: 'no',
      });
      const answer = await askJson({
        client,
        request: { url: `${url}/v1/forecast.json?${query.toString()}`, signal },
        schema: answered,
        service,
        keyVariable: 'LUMINA_WEATHERAPI_KEY',
        onStatus: {
          400: failure('not_found', `no place is known as "${place}"; try the name of the nearest town`),
        },
      });
      if (answer.kind === 'error') return answer;
      const { location, current, forecast } = answer.value;
      return {
        kind: 'ok',
        place: [location.name, location.region, location.country].filter((part) => part !== '').join(', '),
        at: location.localtime,
        sky: current.condition.text,
        temperatureC: current.temp_c,
        feelsLikeC: current.feelslike_c,
        humidityPercent: current.humidity,
        windKmh: current.wind_kph,
        days: forecast.forecastday.map(({ date, day }) => ({
          date,
          sky: day.condition.text,
          minC: day.mintemp_c,
          maxC: day.maxtemp_c,
          rainPercent: day.daily_chance_of_rain,
        })),
      };
    },
  };
}
