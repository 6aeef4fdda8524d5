import { z } from 'zod';
import { type Tool, defineTool, ok } from '../tool';
import { untrusted } from '../output/untrusted';
import type { Weather, WeatherProvider } from '../web/weather';

const schema = z.object({
  place: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .describe('Town or city, for example "Oslo" or "Springfield, Illinois"'),
  days: z
    .number()
    .int()
    .min(1)
    .max(3)
    .default(1)
    .describe('For how many days the forecast is, today included'),
});

const lineOf = ({ date, sky, minC, maxC, rainPercent }: Weather['days'][number]): string =>
  `${date}: ${sky}, ${minC} to ${maxC} °C${rainPercent === undefined ? '' : `, rain ${rainPercent} %`}`;

const textOf = (weather: Weather): string =>
  [
    `place: ${weather.place}`,
    `now (${weather.at}): ${weather.sky}, ${weather.temperatureC} °C, feels like ${weather.feelsLikeC} °C, ` +
      `humidity ${weather.humidityPercent} %, wind ${weather.windKmh} km/h`,
    ...weather.days.map(lineOf),
  ].join('\n');

export const getWeatherTool = (provider: WeatherProvider): Tool =>
  defineTool({
    name: 'get_weather',
    description:
      'Tells the present weather of a place and the forecast for up to three days. Returns the place that was found, ' +
      'the weather now in local time, and one line a day; degrees Celsius and km/h. Check that the place is the one ' +
      'that was meant.',
    schema,
    risk: 'read',
    isIdempotent: true,
    usesWorkspace: false,
    timeoutMs: 30_000,
    cacheMs: 30 * 60_000,
    rateLimit: { calls: 100, perMs: 60_000 },
    async run({ place, days }, { signal }) {
      const weather = await provider.ask({ place, days, signal });
      if (weather.kind === 'error') return weather;
      return ok(untrusted({ source: provider.name, content: textOf(weather), maxCharacters: 4_000 }));
    },
  });
