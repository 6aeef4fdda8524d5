import { urlFault } from '@lumina/platform';
import { z } from 'zod';
import { type Tool, type ToolResult, defineTool, failure, ok } from '../tool';
import { type CrawlOptions, type CrawlReport, type CrawledPage, SiteCrawl } from '../web/site-crawl';
import { untrusted } from '../output/untrusted';
import { cutText, plural } from '../workspace/printable';

const maxCharacters = 45_000;
const maxMs = 100_000;

const schema = z.object({
  url: z.string().trim().min(1).max(4_000).describe('Where to begin, for example https://example.com/docs/'),
  maxPages: z.number().int().min(1).max(20).default(5).describe('How many pages to return at most'),
  maxDepth: z
    .number()
    .int()
    .min(0)
    .max(3)
    .default(1)
    .describe('How many links away from the first page to go; 0 is that page alone'),
});

export const webCrawlTool = (options: CrawlOptions): Tool =>
  defineTool({
    name: 'web_crawl',
    description:
      'Reads a page of the public web and those of the same site that it links to, as Markdown. Use it when what you need is ' +
      'spread over a site, such as its documentation; for one page use fetch_as_markdown. Keeps to robots.txt and visits a ' +
      'site slowly, one page at a time: ask for few pages. Long pages are cut; read those with fetch_as_markdown.',
    schema,
    risk: 'read',
    isIdempotent: true,
    usesWorkspace: false,
    timeoutMs: 120_000,
    cacheMs: 2 * 60 * 60_000,
    rateLimit: { calls: 20, perMs: 60_000 },
    async run({ url, maxPages, maxDepth }, { signal }) {
      const fault = urlFault(url);
      if (fault !== undefined) return failure('bad_arguments', `url: ${fault}`);
      const report = await new SiteCrawl(options, { url, maxPages, maxDepth, maxMs, signal }).run();
      return resultOf(url, report);
    },
  });

const endings: Readonly<Record<CrawlReport['end'], string | undefined>> = {
  all: undefined,
  pages: 'there are more pages: ask for more, or begin at another one',
  bytes: 'stopped, because the pages are large',
  time: 'stopped, because the site is slow',
};

function resultOf(url: string, { pages, skipped, firstTrouble, end }: CrawlReport): ToolResult {
  if (pages.length === 0)
    return failure('unavailable', `nothing was read: ${firstTrouble ?? 'no page has text'}`);
  const share = Math.floor(maxCharacters / pages.length);
  const content = pages.map((page) => pageText(page, share)).join('\n\n');
  const remarks = [
    plural(pages.length, 'page'),
    ...(skipped.robots > 0 ? [`${skipped.robots} left out as robots.txt asks`] : []),
    ...(skipped.elsewhere > 0 ? [`${skipped.elsewhere} led to another site`] : []),
    ...(skipped.failed > 0 ? [`${skipped.failed} could not be read`] : []),
    ...(skipped.not_text > 0 ? [`${skipped.not_text} are no text`] : []),
    ...(endings[end] === undefined ? [] : [endings[end]]),
  ];
  return ok(`${untrusted({ source: url, content, maxCharacters })}\n… ${remarks.join('; ')}`);
}

function pageText({ url, title, markdown }: CrawledPage, maxPageCharacters: number): string {
  const head = `=== ${url}${title === '' ? '' : `\ntitle: ${title}`}\n\n`;
  const room = Math.max(0, maxPageCharacters - head.length - 20);
  const shown = cutText(markdown, room);
  return `${head}${shown}${shown.length < markdown.length ? '\n… (cut)' : ''}`;
}
