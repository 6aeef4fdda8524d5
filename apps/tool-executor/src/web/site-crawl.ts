import type { HttpClient } from '@lumina/platform';
import type { HostTurns } from './host-turns';
import type { PageReader } from './page-reader';
import type { RobotsRules } from './robots-rules';
import { kindOfText, mediaType, textOf } from './web-text';

export interface CrawlOptions {
  readonly client: Pick<HttpClient, 'send'>;
  readonly pages: Pick<PageReader, 'page'>;
  readonly robots: Pick<RobotsRules, 'verdict'>;
  readonly turns: HostTurns;
  /** Between two visits to one host, where its robots.txt asks for no more. */
  readonly pauseMs?: number;
  readonly nowMs?: () => number;
}

export interface CrawlRequest {
  readonly url: string;
  readonly maxPages: number;
  /** How many links away from the first page. */
  readonly maxDepth: number;
  readonly maxMs: number;
  readonly signal: AbortSignal;
}

export interface CrawledPage {
  readonly url: string;
  readonly title: string;
  readonly markdown: string;
}

export interface CrawlReport {
  readonly pages: readonly CrawledPage[];
  /** Pages that were not shown, by what was the matter with them. */
  readonly skipped: Readonly<Record<SkipReason, number>>;
  /** The first page's own trouble, when not even that could be shown. */
  readonly firstTrouble: string | undefined;
  readonly end: 'all' | 'pages' | 'bytes' | 'time';
}

export type SkipReason = 'robots' | 'elsewhere' | 'failed' | 'not_text';

const maxPageBytes = 2 * 1024 * 1024;
const maxTotalBytes = 16 * 1024 * 1024;
const maxQueued = 2_000;
const defaultPauseMs = 500;
const maxPauseMs = 10_000;
const pageTimeoutMs = 15_000;

type Visit =
  | {
      readonly kind: 'page';
      readonly page: CrawledPage;
      readonly links: readonly string[];
      readonly bytes: number;
    }
  | { readonly kind: 'skipped'; readonly reason: SkipReason; readonly trouble: string };

/** Hosts that differ in a leading `www.` alone are one site. */
const siteOf = (url: string): string => new URL(url).host.replace(/^www\./, '');

/** One page under one address, whatever the order in which its links were written. */
function canonical(url: string): string {
  const target = new URL(url);
  target.hash = '';
  return target.href;
}

/**
 * Walks one site from a page, breadth first, one page at a time. Invariants:
 *
 * C1 Only pages of the first page's site are shown, also after redirects; each once.
 * C2 No page is asked for that robots.txt forbids, and none sooner after another of its host than the site asks for.
 * C3 It ends by pages, depth, bytes or time, whichever comes first, and at once when its signal fires.
 */
export class SiteCrawl {
  private readonly site: string;
  private readonly seen = new Set<string>();
  private readonly shown = new Set<string>();
  private readonly queue: { readonly url: string; readonly depth: number }[] = [];
  private readonly pages: CrawledPage[] = [];
  private readonly skipped: Record<SkipReason, number> = { robots: 0, elsewhere: 0, failed: 0, not_text: 0 };
  private firstTrouble: string | undefined;
  private bytes = 0;
  private readonly nowMs: () => number;
  private readonly endsAtMs: number;

  constructor(
    private readonly options: CrawlOptions,
    private readonly request: CrawlRequest,
  ) {
    this.nowMs = options.nowMs ?? (() => performance.now());
    this.endsAtMs = this.nowMs() + request.maxMs;
    this.site = siteOf(request.url);
    this.enqueue(request.url, 0);
  }

  /** @throws the signal's reason when it fires */
  async run(): Promise<CrawlReport> {
    for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) {
      const end = this.limitReached();
      if (end !== undefined) return this.report(end);
      const visit = await this.visit(next.url);
      this.request.signal.throwIfAborted();
      if (visit.kind === 'skipped') {
        this.skipped[visit.reason] += 1;
        if (next.depth === 0) this.firstTrouble = visit.trouble;
      } else this.take(visit, next.depth);
    }
    return this.report('all');
  }

  private limitReached(): CrawlReport['end'] | undefined {
    if (this.pages.length >= this.request.maxPages) return 'pages';
    if (this.bytes >= maxTotalBytes) return 'bytes';
    return this.nowMs() >= this.endsAtMs ? 'time' : undefined;
  }

  private take({ page, links, bytes }: Extract<Visit, { kind: 'page' }>, depth: number): void {
    this.bytes += bytes;
    const address = canonical(page.url);
    this.seen.add(address);
    if (this.shown.has(address)) return;
    this.shown.add(address);
    this.pages.push(page);
    if (depth >= this.request.maxDepth) return;
    for (const link of links) if (siteOf(link) === this.site) this.enqueue(link, depth + 1);
  }

  private enqueue(url: string, depth: number): void {
    const address = canonical(url);
    if (this.seen.has(address) || this.queue.length >= maxQueued) return;
    this.seen.add(address);
    this.queue.push({ url: address, depth });
  }

  private async visit(url: string): Promise<Visit> {
    const { robots, turns, pauseMs = defaultPauseMs } = this.options;
    const { signal } = this.request;
    const verdict = await robots.verdict(url, signal);
    if (!verdict.isAllowed)
      return {
        kind: 'skipped',
        reason: 'robots',
        trouble: `the robots.txt of ${this.site} does not allow it`,
      };
    const pause = Math.min(maxPauseMs, Math.max(pauseMs, verdict.delayMs));
    const leave = await turns.take(new URL(url).host, pause, signal);
    try {
      return await this.fetch(url);
    } finally {
      leave();
    }
  }

  private async fetch(url: string): Promise<Visit> {
    const { signal } = this.request;
    const timeoutMs = Math.max(1, Math.min(pageTimeoutMs, this.endsAtMs - this.nowMs()));
    const headers = { accept: 'text/html, application/xhtml+xml, text/plain;q=0.8' };
    const answer = await this.options.client.send({
      url,
      signal,
      headers,
      timeoutMs,
      maxBytes: maxPageBytes,
    });
    const failed = (trouble: string): Visit => ({ kind: 'skipped', reason: 'failed', trouble });
    if (answer.kind === 'failed') return failed(answer.message);
    if (siteOf(answer.url) !== this.site)
      return {
        kind: 'skipped',
        reason: 'elsewhere',
        trouble: `it redirects to another site, ${siteOf(answer.url)}`,
      };
    if (answer.status < 200 || answer.status > 299) return failed(`${this.site} answered ${answer.status}`);
    const type = mediaType(answer);
    const kind = kindOfText(type);
    const bytes = answer.body.length;
    if (kind === 'other') return { kind: 'skipped', reason: 'not_text', trouble: `it is ${type}` };
    const text = textOf(answer);
    if (kind === 'text')
      return { kind: 'page', page: { url: answer.url, title: '', markdown: text }, links: [], bytes };
    const reading = await this.options.pages.page({ html: text, url: answer.url }, signal);
    if (reading.kind === 'failed') return failed('it takes too much time or memory to read');
    const { title, markdown, links } = reading.value;
    return { kind: 'page', page: { url: answer.url, title, markdown }, links, bytes };
  }

  private report(end: CrawlReport['end']): CrawlReport {
    const { pages, skipped, firstTrouble } = this;
    return { pages, skipped, firstTrouble, end };
  }
}
