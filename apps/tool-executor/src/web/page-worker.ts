import { parentPort } from 'node:worker_threads';
import { Readability } from '@mozilla/readability';
import { parseHTML } from 'linkedom';
import robotsParser from 'robots-parser';
import TurndownService from 'turndown';

// This file runs in threads of its own (see page-reader.ts) and imports none of ours, so that Node can load it as it is: what it reads
// was written by strangers and may take any time and memory.

export interface PageTask {
  readonly kind: 'page';
  readonly html: string;
  readonly url: string;
}
export interface RobotsTask {
  readonly kind: 'robots';
  readonly text: string;
  /** Where the text came from. */
  readonly url: string;
  readonly agent: string;
  readonly urls: readonly string[];
}

export interface Page {
  readonly title: string;
  readonly markdown: string;
  /** Addresses of http and https that the page links to, each once, without fragments. */
  readonly links: readonly string[];
}
export interface RobotsAnswer {
  readonly isAllowed: readonly boolean[];
  readonly crawlDelayMs: number | undefined;
}

const maxLinks = 1_000;
/** An article shorter than this is no article: the whole page is shown then. */
const minArticleCharacters = 200;
const neverShown =
  'script, style, noscript, template, svg, canvas, iframe, object, embed, link, meta, [hidden], [aria-hidden="true"]';

/** What is used of a parsed page. */
interface Html {
  readonly nodeName: string;
  readonly textContent: string | null;
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  remove(): void;
  closest(selector: string): Html | null;
  querySelector(selector: string): Html | null;
  querySelectorAll(selector: string): Iterable<Html>;
  cloneNode(isDeep: boolean): Html;
}
interface HtmlDocument extends Pick<Html, 'querySelector' | 'querySelectorAll'> {
  readonly body: Html | null;
  readonly documentElement: Html;
}

interface Parsed {
  readonly document: HtmlDocument;
  readonly base: string;
}

function parse(html: string, url: string): Parsed {
  const isWhole = /<html[\s>]/i.test(html);
  const { document } = parseHTML(isWhole ? html : `<html><body>${html}</body></html>`) as unknown as {
    document: HtmlDocument;
  };
  const base = document.querySelector('base[href]')?.getAttribute('href') ?? url;
  return { document, base: URL.canParse(base, url) ? new URL(base, url).href : url };
}

function webAddress(href: string, base: string): string | undefined {
  if (!URL.canParse(href, base)) return undefined;
  const target = new URL(href, base);
  return target.protocol === 'http:' || target.protocol === 'https:' ? target.href : undefined;
}

const withoutFragment = (address: string): string => address.replace(/#.*$/s, '');

/** Makes each link complete, and text of those that lead nowhere on the web. */
function completeLinks(anchors: Iterable<Html>, base: string): readonly string[] {
  const links = new Set<string>();
  for (const anchor of anchors) {
    const address = webAddress(anchor.getAttribute('href') ?? '', base);
    if (address === undefined) anchor.removeAttribute('href');
    else {
      anchor.setAttribute('href', address);
      if (links.size < maxLinks) links.add(withoutFragment(address));
    }
  }
  return [...links];
}

const cellText = (text: string): string =>
  text
    .trim()
    .replace(/\s*\n\s*/g, ' ')
    .replaceAll('|', '\\|');

function markdownOf(element: Html): string {
  const turndown = new TurndownService({
    headingStyle: 'atx',
    codeBlockStyle: 'fenced',
    bulletListMarker: '-',
  });
  // An image would be fetched by whoever shows the answer, from an address that the page chose.
  turndown.addRule('image', {
    filter: ['img', 'picture'],
    replacement: (_content, node) => {
      const alt = (node as unknown as Html).getAttribute('alt')?.trim() ?? '';
      return alt === '' ? '' : `[image: ${alt}]`;
    },
  });
  turndown.addRule('cell', {
    filter: ['th', 'td'],
    replacement: (content) => ` ${cellText(content)} |`,
  });
  turndown.addRule('row', {
    filter: 'tr',
    replacement: (content, node) => {
      const row = node as unknown as Html;
      const isFirst = row.closest('table')?.querySelector('tr') === row;
      const cells = [...row.querySelectorAll('th, td')].length;
      return `\n|${content}${isFirst ? `\n|${' --- |'.repeat(cells)}` : ''}`;
    },
  });
  turndown.addRule('rows', { filter: ['thead', 'tbody', 'tfoot'], replacement: (content) => content });
  turndown.addRule('table', { filter: 'table', replacement: (content) => `\n\n${content.trim()}\n\n` });
  return turndown.turndown(element).trim();
}

function articleOf(document: HtmlDocument): { element: Html; title: string } | undefined {
  const serializer = (node: unknown): Html => node as Html;
  const article = new Readability<Html>(document, { serializer }).parse();
  if (!article?.content || (article.textContent ?? '').trim().length < minArticleCharacters) return undefined;
  return { element: article.content, title: article.title ?? '' };
}

/** What a page says, in Markdown: its article where it has one, else all of it. @throws whatever the libraries throw */
export function readPage({ html, url }: Omit<PageTask, 'kind'>): Page {
  const { document, base } = parse(html, url);
  const links = completeLinks(document.querySelectorAll('a[href]'), base);
  const title = (document.querySelector('title')?.textContent ?? '').trim().replace(/\s+/g, ' ');
  for (const node of document.querySelectorAll(`title, ${neverShown}`))
    if (node.nodeName !== 'BODY') node.remove();
  const whole = (document.body ?? document.documentElement).cloneNode(true);
  const article = articleOf(document);
  return {
    title: title || (article?.title ?? ''),
    markdown: markdownOf(article?.element ?? whole),
    links,
  };
}

/** What a robots.txt allows an agent. */
export function readRobots({ text, url, agent, urls }: Omit<RobotsTask, 'kind'>): RobotsAnswer {
  const robots = robotsParser(url, text);
  const delayS = robots.getCrawlDelay(agent);
  return {
    isAllowed: urls.map((each) => robots.isAllowed(each, agent) ?? true),
    crawlDelayMs: delayS === undefined ? undefined : delayS * 1_000,
  };
}

parentPort?.on('message', (task: PageTask | RobotsTask) => {
  try {
    const value = task.kind === 'page' ? readPage(task) : readRobots(task);
    parentPort?.postMessage({ kind: 'done', value });
  } catch (error) {
    parentPort?.postMessage({ kind: 'failed', message: (error as Error).message });
  }
});
parentPort?.postMessage({ kind: 'ready' });
