import { afterEach, describe, expect, it } from '@jest/globals';
import type { SearchProvider } from './search';
import { googleSearch, searxng, serper } from './search-engines';
import { type Answer, type WebBench, sendJson, webBench } from './testing/web-bench';

let bench: WebBench;
afterEach(() => bench.close());
const signal = new AbortController().signal;
const key = (): string => 'k3y';

const engines: readonly [string, (web: WebBench) => SearchProvider][] = [
  ['Serper', ({ client, url }) => serper({ client, url, key })],
  ['Google', ({ client, url }) => googleSearch({ client, url, key, engineId: 'cx1' })],
  ['SearXNG', ({ client, url }) => searxng({ client, url })],
];
const start = async (answer: Answer, open: (web: WebBench) => SearchProvider, retries = 0) => {
  bench = await webBench(answer, retries);
  return open(bench);
};
const question = { query: 'naïve "Q" & a', maxResults: 2, signal };

describe('requests, to the byte', () => {
  const seen = () => bench.seen.map(({ method, url, body }) => ({ method, url, body }));

  it('Serper: a POST of JSON with the key in a header', async () => {
    await (await start(sendJson({}), engines[0]?.[1] as never)).ask(question);
    expect(seen()).toEqual([{ method: 'POST', url: '/search', body: '{"q":"naïve \\"Q\\" & a","num":2}' }]);
    expect(bench.seen[0]?.headers).toMatchObject({ 'x-api-key': 'k3y', 'content-type': 'application/json' });
  });

  it('Google: a GET with the key in a header and not in the URL', async () => {
    await (await start(sendJson({}), engines[1]?.[1] as never)).ask(question);
    const url = '/customsearch/v1?cx=cx1&q=na%C3%AFve+%22Q%22+%26+a&num=2';
    expect(seen()).toEqual([{ method: 'GET', url, body: '' }]);
    expect(bench.seen[0]?.headers).toMatchObject({ 'x-goog-api-key': 'k3y' });
  });

  it('SearXNG: a GET for JSON', async () => {
    await (await start(sendJson({ results: [] }), engines[2]?.[1] as never)).ask(question);
    expect(seen()).toEqual([
      { method: 'GET', url: '/search?q=na%C3%AFve+%22Q%22+%26+a&format=json', body: '' },
    ]);
  });
});

describe('answers', () => {
  const one = { title: 'T', url: 'https://x.test/', snippet: 'S' };
  const googleItem = { title: 'T', link: 'https://x.test/', snippet: 'S', more: {} };
  const found: Readonly<Record<string, unknown>> = {
    Serper: { searchParameters: {}, organic: [googleItem, googleItem, googleItem], credits: 1 },
    Google: { kind: 'customsearch#search', items: [googleItem, googleItem, googleItem] },
    SearXNG: { results: [1, 2, 3].map(() => ({ title: 'T', url: 'https://x.test/', content: 'S' })) },
  };
  const nothing: Readonly<Record<string, unknown>> = {
    Serper: { searchParameters: {} },
    Google: { searchInformation: { totalResults: '0' } },
    SearXNG: { results: [], unresponsive_engines: [] },
  };

  it.each(engines)('of %s are read, as many as were asked for', async (name, open) => {
    const engine = await start(sendJson(found[name]), open);
    expect(await engine.ask(question)).toEqual({ kind: 'ok', results: [one, one] });
  });

  it.each(engines)('of %s may be that nothing was found', async (name, open) => {
    const engine = await start(sendJson(nothing[name]), open);
    expect(await engine.ask(question)).toEqual({ kind: 'ok', results: [] });
  });

  it.each(engines)('of %s that are not understood are no answer', async (_name, open) => {
    for (const body of ['{"organic":3,"items":3,"results":3}', 'not json', '', '[]']) {
      const engine = await start((_request, response) => response.end(body), open);
      expect(await engine.ask(question)).toMatchObject({ kind: 'error', type: 'unavailable' });
      await bench.close();
    }
    bench = await webBench(sendJson({}));
  });
});

describe('refusals', () => {
  it.each([
    ['Serper', 403, /LUMINA_SERPER_API_KEY/],
    ['Google', 401, /LUMINA_GOOGLE_SEARCH_KEY/],
    ['SearXNG', 403, /search\.formats/],
  ])('of %s with %i name what must be set right, and not the key', async (name, status, words) => {
    const open = engines.find(([known]) => known === name)?.[1] as (web: WebBench) => SearchProvider;
    const engine = await start(sendJson({ message: 'k3y' }, status), open);
    const result = await engine.ask(question);
    expect(result).toMatchObject({
      kind: 'error',
      type: 'not_configured',
      message: expect.stringMatching(words),
    });
    expect(JSON.stringify(result)).not.toContain('k3y');
  });

  it.each(engines)('of %s for load are tried again, then told', async (_name, open) => {
    const engine = await start(sendJson({}, 429), open, 2);
    expect(await engine.ask(question)).toMatchObject({
      type: 'unavailable',
      message: expect.stringContaining('429'),
    });
    expect(bench.seen).toHaveLength(3);
  });
});
