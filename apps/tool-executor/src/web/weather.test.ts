import { afterEach, describe, expect, it } from '@jest/globals';
import { openMeteo } from './open-meteo';
import { type WebBench, sendJson, webBench } from './testing/web-bench';
import { weatherApi } from './weather-api';

let bench: WebBench;
afterEach(() => bench.close());
const signal = new AbortController().signal;
const question = { place: 'São Paulo', days: 2, signal };

describe('Open-Meteo', () => {
  const place = {
    name: 'São Paulo',
    admin1: 'São Paulo',
    country: 'Brazil',
    latitude: -23.5475,
    longitude: -46.63611,
  };
  const forecast = {
    current: {
      time: '2026-11-26T12:15',
      temperature_2m: 24.3,
      apparent_temperature: 26,
      relative_humidity_2m: 70,
      weather_code: 61,
      wind_speed_10m: 9.4,
    },
    daily: {
      time: ['2026-11-26', '2026-11-27', '2026-11-28'],
      weather_code: [80, 1234, 0],
      temperature_2m_max: [27, 25.5, null],
      temperature_2m_min: [18, 17, 3],
      precipitation_probability_max: [80, null, null],
    },
  };
  const start = async (places: unknown, weather: unknown = forecast, status = 200) => {
    bench = await webBench((request, response) =>
      sendJson(request.url.startsWith('/v1/search') ? places : weather, status)(request, response),
    );
    return openMeteo({ client: bench.client, geocodingUrl: bench.url, forecastUrl: bench.url });
  };

  it('is asked for the place, then for its weather', async () => {
    await (await start({ results: [place] })).ask(question);
    expect(bench.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /v1/search?name=S%C3%A3o+Paulo&count=1&language=en&format=json',
      'GET /v1/forecast?latitude=-23.5475&longitude=-46.63611' +
        '&current=temperature_2m%2Capparent_temperature%2Crelative_humidity_2m%2Cweather_code%2Cwind_speed_10m' +
        '&daily=weather_code%2Ctemperature_2m_max%2Ctemperature_2m_min%2Cprecipitation_probability_max' +
        '&forecast_days=2&timezone=auto',
    ]);
  });

  it('tells the weather, and nothing of what it does not know', async () => {
    expect(await (await start({ results: [place] })).ask(question)).toEqual({
      kind: 'ok',
      place: 'São Paulo, São Paulo, Brazil',
      at: '2026-11-26T12:15',
      sky: 'light rain',
      temperatureC: 24.3,
      feelsLikeC: 26,
      humidityPercent: 70,
      windKmh: 9.4,
      days: [
        { date: '2026-11-26', sky: 'light showers', minC: 18, maxC: 27, rainPercent: 80 },
        { date: '2026-11-27', sky: 'unknown', minC: 17, maxC: 25.5, rainPercent: undefined },
      ],
    });
  });

  it('knows not every place', async () => {
    const result = await (await start({ generationtime_ms: 1 })).ask(question);
    expect(result).toMatchObject({ type: 'not_found', message: expect.stringContaining('São Paulo') });
    expect(bench.seen).toHaveLength(1);
  });

  it('may fail, at either question', async () => {
    expect(await (await start({}, {}, 500)).ask(question)).toMatchObject({ type: 'unavailable' });
    await bench.close();
    expect(await (await start({ results: [place] }, { reason: 'x' })).ask(question)).toMatchObject({
      type: 'unavailable',
    });
  });
});

describe('WeatherAPI', () => {
  const weather = {
    location: { name: 'São Paulo', region: '', country: 'Brazil', localtime: '2026-11-26 12:15' },
    current: { temp_c: 24, feelslike_c: 26, humidity: 70, wind_kph: 9, condition: { text: 'Sunny' } },
    forecast: {
      forecastday: [
        {
          date: '2026-11-26',
          day: { mintemp_c: 18, maxtemp_c: 27, daily_chance_of_rain: 80, condition: { text: 'Showers' } },
        },
      ],
    },
  };
  const start = async (value: unknown, status = 200) => {
    bench = await webBench(sendJson(value, status));
    return weatherApi({ client: bench.client, url: bench.url, key: () => 'k3y' });
  };

  it('is asked once, and tells the weather', async () => {
    expect(await (await start(weather)).ask(question)).toEqual({
      kind: 'ok',
      place: 'São Paulo, Brazil',
      at: '2026-11-26 12:15',
      sky: 'Sunny',
      temperatureC: 24,
      feelsLikeC: 26,
      humidityPercent: 70,
      windKmh: 9,
      days: [{ date: '2026-11-26', sky: 'Showers', minC: 18, maxC: 27, rainPercent: 80 }],
    });
    expect(bench.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /v1/forecast.json?key=k3y&q=S%C3%A3o+Paulo&days=2&aqi=no&alerts=no',
    ]);
  });

  it.each([
    [400, 'not_found', 'São Paulo'],
    [403, 'not_configured', 'LUMINA_WEATHERAPI_KEY'],
    [503, 'unavailable', '503'],
  ])('answers %i: %s', async (status, type, words) => {
    const result = await (await start({ error: { code: 1, message: 'k3y' } }, status)).ask(question);
    expect(result).toMatchObject({ kind: 'error', type, message: expect.stringContaining(words) });
    expect(JSON.stringify(result)).not.toContain('k3y');
  });
});
