import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseSettings } from '@lumina/platform';
import { type Tool, type ToolResult, runTool } from '../tool';
import {
  type SeenRequest,
  type WebBench,
  forbiddenListener,
  sendHtml,
  webBench,
} from '../web/testing/web-bench';
import { openWeb } from '../web/web-access';
import { webSettings } from '../web/web-settings';
import { type ScratchWorkspace, scratchWorkspace } from '../workspace/scratch-workspace';
import { webTools } from './index';
import { webCrawlTool } from './web-crawl';

let scratch: ScratchWorkspace;
let bench: WebBench | undefined;
beforeEach(async () => {
  scratch = await scratchWorkspace();
});
afterEach(async () => {
  await scratch.remove();
  await bench?.close();
  bench = undefined;
});

const run = (
  tool: Tool,
  args: Record<string, unknown>,
  signal = new AbortController().signal,
): Promise<ToolResult> => runTool(tool, args, { workspace: scratch.workspace, signal, idempotencyKey: 'k' });

type Site = Readonly<Record<string, string | ((response: ServerResponse, request: SeenRequest) => void)>>;

async function siteOf(site: Site, pauseMs = 0) {
  const started = await webBench((request, response) => {
    const page = site[request.url];
    if (typeof page === 'function') page(response, request);
    else if (page === undefined) sendHtml(response, 'none', 404);
    else if (request.url === '/robots.txt') response.end(page);
    else sendHtml(response, page);
  });
  bench = started;
  const tool = webCrawlTool({ ...started, pauseMs });
  return {
    crawl: (args = {}, signal?: AbortSignal) => run(tool, { url: `${started.url}/`, ...args }, signal),
    asked: () => started.seen.map(({ url }) => url).filter((url) => url !== '/robots.txt'),
    base: started.url,
  };
}
const contentOf = (result: ToolResult): string => {
  if (result.kind === 'error') throw new Error(`${result.type}: ${result.message}`);
  return result.content;
};
const link = (...paths: string[]): string =>
  paths.map((path) => `<a href="${path}">to ${path}</a>`).join(' ');

describe('web_crawl', () => {
  it('reads a page and those that it links to, each once, breadth first', async () => {
    const { crawl, asked, base } = await siteOf({
      '/': `<title>Home</title><p>home ${link('/a', '/b', '/a#part', '/')}`,
      '/a': `<p>page a ${link('/c', '/b')}`,
      '/b': '<p>page b',
      '/c': '<p>page c',
    });
    const content = contentOf(await crawl());
    expect(asked()).toEqual(['/', '/a', '/b']);
    expect(content).toContain(`=== ${base}/\ntitle: Home\n\nhome`);
    expect(content).toContain('page b');
    expect(content.endsWith('\n… 3 pages')).toBe(true);
  });

  it('goes as deep as it is told to', async () => {
    const site = { '/': link('/1'), '/1': link('/2'), '/2': link('/3'), '/3': 'end' };
    const { crawl, asked } = await siteOf(site);
    await crawl({ maxDepth: 0 });
    expect(asked()).toEqual(['/']);
    await crawl({ maxDepth: 2 });
    expect(asked()).toEqual(['/', '/', '/1', '/2']);
  });

  it('returns no more pages than it is told to', async () => {
    const pages = Array.from({ length: 9 }, (_, index) => `/${index}`);
    const { crawl, asked } = await siteOf({
      '/': link(...pages),
      ...Object.fromEntries(pages.map((page) => [page, `<p>${page}`])),
    });
    expect(contentOf(await crawl({ maxPages: 3 }))).toContain('… 3 pages; there are more pages');
    expect(asked()).toEqual(['/', '/0', '/1']);
  });

  it('stays on the site, redirects included', async () => {
    const inner = await forbiddenListener();
    try {
      const { crawl, asked } = await siteOf({
        '/': link('https://elsewhere.test/x', `http://127.0.0.1:${inner.port}/`, '/away', '/here'),
        '/away': (response) => response.writeHead(302, { location: `http://127.0.0.1:${inner.port}/` }).end(),
        '/here': '<p>here',
      });
      expect(contentOf(await crawl())).toContain('… 2 pages; 1 could not be read');
      expect(asked()).toEqual(['/', '/away', '/here']);
      expect(inner.connections()).toBe(0);
    } finally {
      inner.close();
    }
  });

  it('shows a page that several addresses lead to once', async () => {
    const { crawl } = await siteOf({
      '/': link('/old', '/new'),
      '/old': (response) => response.writeHead(301, { location: '/new' }).end(),
      '/new': '<p>the page',
    });
    expect(contentOf(await crawl()).match(/the page/g)).toHaveLength(1);
  });

  it('asks for nothing that robots.txt forbids, and says so', async () => {
    const { crawl, asked } = await siteOf({
      '/robots.txt': 'User-agent: *\nDisallow: /private',
      '/': link('/private/x', '/open'),
      '/open': '<p>open',
    });
    expect(contentOf(await crawl())).toContain('… 2 pages; 1 left out as robots.txt asks');
    expect(asked()).toEqual(['/', '/open']);
    expect(bench?.seen.filter(({ url }) => url === '/robots.txt')).toHaveLength(1);
  });

  it('reads nothing where the first page is forbidden, or robots.txt cannot be had', async () => {
    const site = await siteOf({ '/robots.txt': 'User-agent: Lumina\nDisallow: /', '/': 'x' });
    expect(await site.crawl()).toMatchObject({
      kind: 'error',
      message: expect.stringContaining('robots.txt'),
    });
    expect(site.asked()).toEqual([]);
    await bench?.close();
    const broken = await siteOf({ '/robots.txt': (response) => response.writeHead(500).end(), '/': 'x' });
    expect(await broken.crawl()).toMatchObject({ kind: 'error' });
    expect(broken.asked()).toEqual([]);
  });

  it('pauses between two pages, for as long as the site asks', async () => {
    const { crawl } = await siteOf({
      '/robots.txt': 'User-agent: *\nCrawl-delay: 1',
      '/': link('/a'),
      '/a': 'x',
    });
    const from = performance.now();
    await crawl();
    expect(performance.now() - from).toBeGreaterThan(990);
  });

  it('is at a site with one request at a time, however many crawls there are', async () => {
    let at = 0;
    let most = 0;
    const slow = (response: ServerResponse): void => {
      most = Math.max(most, ++at);
      setTimeout(() => {
        at -= 1;
        sendHtml(response, `<p>page ${link('/a', '/b')}`);
      }, 30);
    };
    const { crawl } = await siteOf({ '/': slow, '/a': slow, '/b': slow });
    const results = await Promise.all([crawl(), crawl(), crawl()]);
    expect(results.map(({ kind }) => kind)).toEqual(['ok', 'ok', 'ok']);
    expect(most).toBe(1);
  });

  it('ends with its signal, and leaves the site free for the next', async () => {
    let isHanging = true;
    const { crawl } = await siteOf({
      '/': (response) => (isHanging ? undefined : sendHtml(response, 'free')),
    });
    const stop = new AbortController();
    const crawls = [crawl({}, stop.signal), crawl({}, stop.signal)];
    setTimeout(() => stop.abort(), 200);
    const from = performance.now();
    expect(await Promise.all(crawls)).toMatchObject([{ type: 'cancelled' }, { type: 'cancelled' }]);
    expect(performance.now() - from).toBeLessThan(5_000);
    isHanging = false;
    expect(contentOf(await crawl())).toContain('free');
  });

  it('goes on past pages that cannot be read', async () => {
    const { crawl } = await siteOf({
      '/': link('/gone', '/pdf', '/broken', '/ok'),
      '/pdf': (response) => response.writeHead(200, { 'content-type': 'application/pdf' }).end('%PDF'),
      '/broken': (response) => response.destroy(),
      '/ok': '<p>fine',
    });
    expect(contentOf(await crawl())).toMatch(/fine[^]*… 2 pages; 2 could not be read; 1 are no text$/);
  });

  it('shows the beginnings of many long pages', async () => {
    const pages = Array.from({ length: 19 }, (_, index) => `/${index}`);
    const { crawl } = await siteOf({
      '/': link(...pages),
      ...Object.fromEntries(pages.map((page) => [page, `<p>start of ${page} ${'word '.repeat(20_000)}`])),
    });
    const content = contentOf(await crawl({ maxPages: 20 }));
    expect(content.length).toBeLessThan(50_000);
    for (const page of pages) expect(content).toContain(`start of ${page} `);
    expect(content.match(/<\/untrusted-content/g)).toHaveLength(1);
  });

  it('refuses what is no address of the web', async () => {
    const { crawl } = await siteOf({});
    for (const url of ['example.com', 'ftp://x.test/', 'http://a:b@x.test/'])
      expect(await crawl({ url })).toMatchObject({ type: 'bad_arguments' });
  });

  it('walks a trap of endless pages only as far as it is told to', async () => {
    const trap = await webBench((request, response) => {
      const more = Array.from({ length: 150 }, (_, index) => `${request.url}${index}/`);
      sendHtml(response, `<p>trap ${link(...more)}`);
    });
    bench = trap;
    const robots = { verdict: async () => ({ isAllowed: true, delayMs: 0 }) };
    const tool = webCrawlTool({ ...trap, robots, pauseMs: 0 });
    expect(contentOf(await run(tool, { url: `${trap.url}/`, maxPages: 6, maxDepth: 3 }))).toContain(
      '… 6 pages',
    );
    expect(trap.seen).toHaveLength(6);
  });
});

describe('the web tools', () => {
  const open = (environment: Record<string, string>) =>
    openWeb(parseSettings(webSettings, environment), () => undefined);

  it('have the limits and lives that are promised', async () => {
    const web = open({});
    const declared = webTools(web).map(({ name, rateLimit, cacheMs, risk, isIdempotent }) => [
      name,
      rateLimit?.calls,
      rateLimit?.perMs,
      cacheMs,
      risk,
      isIdempotent,
    ]);
    await web.close();
    expect(declared).toEqual([
      ['web_search', 10, 60_000, 3_600_000, 'read', true],
      ['web_crawl', 20, 60_000, 7_200_000, 'read', true],
      ['fetch_as_markdown', 60, 60_000, 900_000, 'read', true],
      ['get_weather', 100, 60_000, 1_800_000, 'read', true],
    ]);
  });

  it.each([
    [{}, undefined, 'Open-Meteo'],
    [{ LUMINA_SEARCH_PROVIDER: 'serper', LUMINA_SERPER_API_KEY: 'k' }, 'Serper', 'Open-Meteo'],
    [
      { LUMINA_SEARCH_PROVIDER: 'google', LUMINA_GOOGLE_SEARCH_KEY: 'k', LUMINA_GOOGLE_SEARCH_ENGINE: 'e' },
      'Google',
      'Open-Meteo',
    ],
    [
      { LUMINA_SEARCH_PROVIDER: 'searxng', LUMINA_SEARXNG_URL: 'http://127.0.0.1:1' },
      'SearXNG',
      'Open-Meteo',
    ],
    [{ LUMINA_WEATHER_PROVIDER: 'weatherapi', LUMINA_WEATHERAPI_KEY: 'k' }, undefined, 'WeatherAPI'],
  ])('work with %j', async (environment, search, weather) => {
    const web = open(environment);
    await web.close();
    expect([web.search?.name, web.weather.name]).toEqual([search, weather]);
  });

  it.each([
    [{ LUMINA_SEARCH_PROVIDER: 'serper' }, 'LUMINA_SERPER_API_KEY'],
    [{ LUMINA_SEARCH_PROVIDER: 'google' }, 'LUMINA_GOOGLE_SEARCH_KEY'],
    [{ LUMINA_SEARCH_PROVIDER: 'google', LUMINA_GOOGLE_SEARCH_KEY: 'k' }, 'LUMINA_GOOGLE_SEARCH_ENGINE'],
    [{ LUMINA_SEARCH_PROVIDER: 'searxng' }, 'LUMINA_SEARXNG_URL'],
    [{ LUMINA_WEATHER_PROVIDER: 'weatherapi' }, 'LUMINA_WEATHERAPI_KEY'],
  ])('say what %j lacks', (environment, missing) => {
    expect(() => open(environment)).toThrow(`${missing} is not set`);
  });

  it('reach an engine inside for searching, and for nothing else', async () => {
    const engine = await webBench((_request, response) =>
      response.end(JSON.stringify({ results: [{ title: 'T', url: 'https://x.test/', content: 'S' }] })),
    );
    bench = engine;
    const web = open({ LUMINA_SEARCH_PROVIDER: 'searxng', LUMINA_SEARXNG_URL: engine.url });
    try {
      const [search, crawl, fetch] = webTools(web);
      if (!search || !crawl || !fetch) throw new Error('a tool is missing');
      expect(await run(search, { query: 'q' })).toMatchObject({ kind: 'ok' });
      expect(await run(fetch, { url: `${engine.url}/search` })).toMatchObject({ type: 'access_denied' });
      expect(await run(crawl, { url: `${engine.url}/` })).toMatchObject({ kind: 'error' });
      expect(engine.seen).toHaveLength(1);
    } finally {
      await web.close();
    }
  });
});
