import { HttpClient, type HttpMeasure, endpointOf, endpointOfUrl } from '@lumina/platform';
import { openMeteo } from './open-meteo';
import { PageReader } from './page-reader';
import { RobotsRules } from './robots-rules';
import type { SearchProvider } from './search';
import { googleSearch, searxng, serper } from './search-engines';
import { type HostTurns, hostTurns } from './host-turns';
import type { WeatherProvider } from './weather';
import { weatherApi } from './weather-api';
import { type WebSettings, needed } from './web-settings';

/** What web tools work with: one for a process. */
export interface WebAccess {
  readonly client: HttpClient;
  readonly pages: PageReader;
  readonly robots: RobotsRules;
  readonly turns: HostTurns;
  readonly search: SearchProvider | undefined;
  readonly weather: WeatherProvider;
  close(): Promise<void>;
}

/** @throws ConfigurationError when a provider is chosen and what it needs is not set */
export function openWeb(settings: WebSettings, onMeasure: (measure: HttpMeasure) => void): WebAccess {
  const allowed = (settings.LUMINA_HTTP_ALLOW ?? []).map(endpointOf);
  const common = { refused: settings.LUMINA_HTTP_REFUSE ?? [], onMeasure };
  const client = new HttpClient({ ...common, trusted: allowed });
  // What the operator names may be inside, and is reached by this client alone.
  const own = settings.LUMINA_SEARCH_PROVIDER === 'searxng' ? settings.LUMINA_SEARXNG_URL : undefined;
  const ownClient = new HttpClient({ ...common, trusted: own === undefined ? [] : [endpointOfUrl(own)] });
  const pages = new PageReader();
  try {
    return {
      client,
      pages,
      robots: new RobotsRules({ client, pages }),
      turns: hostTurns(),
      search: searchOf(settings, client, ownClient),
      weather: weatherOf(settings, client),
      close: async () => {
        client.close();
        ownClient.close();
        await pages.close();
      },
    };
  } catch (error) {
    client.close();
    ownClient.close();
    throw error;
  }
}

const secretOf = (read: () => string | undefined, name: string, because: string): (() => string) => {
  needed(read(), name, because);
  return () => needed(read(), name, because);
};

function searchOf(
  settings: WebSettings,
  client: HttpClient,
  ownClient: HttpClient,
): SearchProvider | undefined {
  const provider = settings.LUMINA_SEARCH_PROVIDER;
  const because = `LUMINA_SEARCH_PROVIDER=${provider ?? ''}`;
  switch (provider) {
    case undefined:
      return undefined;
    case 'serper':
      return serper({
        client,
        key: secretOf(settings.LUMINA_SERPER_API_KEY, 'LUMINA_SERPER_API_KEY', because),
      });
    case 'google':
      return googleSearch({
        client,
        key: secretOf(settings.LUMINA_GOOGLE_SEARCH_KEY, 'LUMINA_GOOGLE_SEARCH_KEY', because),
        engineId: needed(settings.LUMINA_GOOGLE_SEARCH_ENGINE, 'LUMINA_GOOGLE_SEARCH_ENGINE', because),
      });
    case 'searxng':
      return searxng({
        client: ownClient,
        url: needed(settings.LUMINA_SEARXNG_URL, 'LUMINA_SEARXNG_URL', because),
      });
  }
}

function weatherOf(settings: WebSettings, client: HttpClient): WeatherProvider {
  if (settings.LUMINA_WEATHER_PROVIDER === 'open-meteo') return openMeteo({ client });
  const because = 'LUMINA_WEATHER_PROVIDER=weatherapi';
  return weatherApi({
    client,
    key: secretOf(settings.LUMINA_WEATHERAPI_KEY, 'LUMINA_WEATHERAPI_KEY', because),
  });
}
