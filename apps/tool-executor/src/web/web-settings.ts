import {
  ConfigurationError,
  type Settings,
  defineSettings,
  httpSettings,
  oneOf,
  secret,
  text,
  url,
} from '@lumina/platform';

/** What the web tools read. */
export const webSettings = defineSettings({
  ...httpSettings,
  LUMINA_SEARCH_PROVIDER: oneOf(['serper', 'google', 'searxng'], {
    description: 'Search engine of web_search. Unset: the tool says that none is configured.',
  }),
  LUMINA_SERPER_API_KEY: secret({ description: 'Key of serper.dev, for LUMINA_SEARCH_PROVIDER serper.' }),
  LUMINA_GOOGLE_SEARCH_KEY: secret({
    description: "Key of Google's Custom Search API, for LUMINA_SEARCH_PROVIDER google.",
  }),
  LUMINA_GOOGLE_SEARCH_ENGINE: text({
    description: "Identifier (cx) of Google's Programmable Search Engine, for LUMINA_SEARCH_PROVIDER google.",
  }),
  LUMINA_SEARXNG_URL: url({
    description:
      'Address of a SearXNG that answers in JSON, for LUMINA_SEARCH_PROVIDER searxng. May be inside: web_search alone reaches it.',
  }),
  LUMINA_WEATHER_PROVIDER: oneOf(['open-meteo', 'weatherapi'], {
    default: 'open-meteo',
    description: 'Weather service of get_weather; open-meteo needs no key.',
  }),
  LUMINA_WEATHERAPI_KEY: secret({
    description: 'Key of WeatherAPI.com, for LUMINA_WEATHER_PROVIDER weatherapi.',
  }),
});

export type WebSettings = Settings<typeof webSettings>;

/** The value of a setting that another one makes necessary. @throws ConfigurationError */
export function needed<Value>(value: Value | undefined, name: string, because: string): Value {
  if (value !== undefined) return value;
  throw new ConfigurationError(`${name} is not set, which ${because} needs`);
}
