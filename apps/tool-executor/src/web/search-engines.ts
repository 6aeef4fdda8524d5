import type { HttpClient } from '@lumina/platform';
import { z } from 'zod';
import { failure } from '../tool';
import { askJson } from './json-call';
import type { SearchProvider } from './search';

interface EngineOptions {
  readonly client: Pick<HttpClient, 'send'>;
  readonly url?: string;
}
export interface KeyedEngineOptions extends EngineOptions {
  readonly key: () => string;
}

const text = z.string().default('');

const serperAnswer = z.object({
  organic: z.array(z.object({ title: text, link: z.string(), snippet: text })).default([]),
});

/** Google's results through serper.dev. */
export function serper({
  client,
  key,
  url = 'https://google.serper.dev',
}: KeyedEngineOptions): SearchProvider {
  return {
    name: 'Serper',
    async ask({ query, maxResults, signal }) {
      const answer = await askJson({
        client,
        request: {
          url: `${url}/search`,
          method: 'POST',
          headers: { 'x-api-key': key(), 'content-type': 'application/json' },
          body: JSON.stringify({ q: query, num: maxResults }),
          isIdempotent: true,
          signal,
        },
        schema: serperAnswer,
        service: 'Serper',
        keyVariable: 'LUMINA_SERPER_API_KEY',
      });
      if (answer.kind === 'error') return answer;
      const results = answer.value.organic.map(({ title, link, snippet }) => ({ title, url: link, snippet }));
      return { kind: 'ok', results: results.slice(0, maxResults) };
    },
  };
}

const googleAnswer = z.object({
  items: z.array(z.object({ title: text, link: z.string(), snippet: text })).default([]),
});

/** Google's Programmable Search Engine. The key goes in a header, so that no URL shows it. */
export function googleSearch({
  client,
  key,
  engineId,
  url = 'https://www.googleapis.com',
}: KeyedEngineOptions & { readonly engineId: string }): SearchProvider {
  return {
    name: 'Google',
    async ask({ query, maxResults, signal }) {
      const parameters = new URLSearchParams({ cx: engineId, q: query, num: String(maxResults) });
      const answer = await askJson({
        client,
        request: {
          url: `${url}/customsearch/v1?${parameters.toString()}`,
          headers: { 'x-goog-api-key': key() },
          signal,
        },
        schema: googleAnswer,
        service: 'Google',
        keyVariable: 'LUMINA_GOOGLE_SEARCH_KEY and LUMINA_GOOGLE_SEARCH_ENGINE',
      });
      if (answer.kind === 'error') return answer;
      const results = answer.value.items.map(({ title, link, snippet }) => ({ title, url: link, snippet }));
      return { kind: 'ok', results: results.slice(0, maxResults) };
    },
  };
}

const searxngAnswer = z.object({
  results: z.array(z.object({ title: text, url: z.string(), content: text })),
});

/** A SearXNG of the operator's own, whose settings must allow the format `json`. */
export function searxng({ client, url }: EngineOptions & { readonly url: string }): SearchProvider {
  return {
    name: 'SearXNG',
    async ask({ query, maxResults, signal }) {
      const parameters = new URLSearchParams({ q: query, format: 'json' });
      const answer = await askJson({
        client,
        request: {
          url: `${url}/search?${parameters.toString()}`,
          headers: { accept: 'application/json' },
          signal,
        },
        schema: searxngAnswer,
        service: 'SearXNG',
        onStatus: {
          403: failure(
            'not_configured',
            'SearXNG answers in no JSON (403); whoever runs it must add `json` to `search.formats` in its settings. Go on without it',
          ),
        },
      });
      if (answer.kind === 'error') return answer;
      const results = answer.value.results.map(({ title, url: link, content }) => ({
        title,
        url: link,
        snippet: content,
      }));
      return { kind: 'ok', results: results.slice(0, maxResults) };
    },
  };
}
