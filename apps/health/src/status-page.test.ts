import type { HealthSnapshot } from '@lumina/contracts';
import { describe, expect, it } from '@jest/globals';
import { parseHTML } from 'linkedom';
import type { Transition } from './rounds/history';
import { statusPage } from './status-page';

const atMs = Date.UTC(2026, 0, 2, 3, 4);
const check = (isHealthy: boolean) => ({
  isHealthy,
  detail: 'not connected (connect ECONNREFUSED 10.1.2.3:6379) <script>alert(1)</script>',
  latencyMs: 1,
  checkedAtMs: atMs,
});
const snapshot = (status: HealthSnapshot['status'], isHealthy: boolean): HealthSnapshot => ({
  status,
  atMs,
  checks: { checkpointer: check(isHealthy), llm: check(true), redis: check(isHealthy), cluster: check(true) },
});
const change = (subject: string, to: Transition['to']): Transition => ({
  atMs,
  subject,
  from: 'healthy',
  to,
  detail: '10.1.2.3',
});
/** As much of a page as is looked at here. */
interface PageElement {
  readonly textContent: string;
  getAttribute(name: string): string | null;
  querySelector(selector: string): PageElement | null;
  querySelectorAll(selector: string): ArrayLike<PageElement> & Iterable<PageElement>;
}
interface Page extends PageElement {
  readonly title: string;
  readonly documentElement: PageElement;
}
const documentOf = (html: string): Page => (parseHTML(html) as unknown as { document: Page }).document;
const rowsOf = (page: Page, table: number): readonly string[] =>
  [...([...page.querySelectorAll('table')][table]?.querySelectorAll('tbody tr') ?? [])].map(
    (row) => row.textContent,
  );

describe('the status page', () => {
  it.each([
    ['healthy', true, 'Everything works'],
    ['degraded', true, 'Something does not work as it should'],
    ['unhealthy', false, 'Runs cannot be accepted at present'],
  ] as const)('says first how it is: %s', (status, isHealthy, headline) => {
    const page = documentOf(statusPage(snapshot(status, isHealthy), []));
    expect(page.querySelector('h1')?.textContent).toBe(headline);
    expect(page.title).toBe(`${headline} – Lumina status`);
  });

  it('says so when nothing was looked at yet', () => {
    expect(documentOf(statusPage(undefined, [])).querySelector('h1')?.textContent).toBe('Not looked at yet');
  });

  it('shows the parts that callers know, in words, and since when', () => {
    const page = documentOf(
      statusPage(snapshot('unhealthy', false), [change('check:checkpointer', 'unhealthy')]),
    );
    expect(rowsOf(page, 0)).toEqual([
      'Accepting and keeping runsdoes not work2026-01-02 03:04 UTC',
      'Modelsworksbefore the last changes',
    ]);
  });

  it('shows the last changes, newest first, and none that is none of a caller’s business', () => {
    const changes = [
      change('check:llm', 'unhealthy'),
      change('check:disk', 'unhealthy'),
      change('status', 'degraded'),
    ];
    const page = documentOf(statusPage(snapshot('degraded', true), changes));
    expect(rowsOf(page, 1)).toEqual([
      '2026-01-02 03:04 UTCThe wholeworks → impaired',
      '2026-01-02 03:04 UTCModelsworks → does not work',
    ]);
  });

  it('names no machine and carries no markup of others', () => {
    const html = statusPage(snapshot('unhealthy', false), [change('status', 'unhealthy')]);
    expect(html).not.toMatch(/10\.1\.2\.3|<script|ECONNREFUSED/);
  });

  it('can be read by a screen reader: a language, one heading, tables with captions and headed rows', () => {
    const page = documentOf(statusPage(snapshot('healthy', true), [change('status', 'healthy')]));
    expect(page.documentElement.getAttribute('lang')).toBe('en');
    expect(page.querySelectorAll('h1')).toHaveLength(1);
    expect(page.querySelectorAll('main')).toHaveLength(1);
    for (const table of page.querySelectorAll('table')) {
      expect(table.querySelector('caption')?.textContent).not.toBe('');
      for (const head of table.querySelectorAll('thead th')) expect(head.getAttribute('scope')).toBe('col');
      for (const row of table.querySelectorAll('tbody tr'))
        expect(row.querySelector('th')?.getAttribute('scope')).toBe('row');
    }
  });
});
