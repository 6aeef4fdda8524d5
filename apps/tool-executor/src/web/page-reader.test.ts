import { afterEach, describe, expect, it } from '@jest/globals';
import { PageReader, type PageReaderOptions } from './page-reader';

const signal = new AbortController().signal;
const url = 'https://example.com/';
let reader: PageReader | undefined;
afterEach(() => reader?.close());
const readerWith = (options: PageReaderOptions = {}): PageReader => (reader = new PageReader(options));
const slow = `<html><body>${'<div>'.repeat(5_000)}x`;

describe('PageReader', () => {
  it('reads a page in a thread, and the next in the same', async () => {
    const pages = readerWith({ maxThreads: 1 });
    const html = '<title>T</title><p>Hello <b>there</b>';
    const wanted = { kind: 'done', value: { title: 'T', markdown: 'Hello **there**', links: [] } };
    const startedMs = performance.now();
    expect(await pages.page({ html, url }, signal)).toEqual(wanted);
    const firstMs = performance.now() - startedMs;
    expect(await pages.page({ html, url }, signal)).toEqual(wanted);
    expect(performance.now() - startedMs - firstMs).toBeLessThan(firstMs / 2);
  });

  it('reads a robots.txt', async () => {
    const text = 'User-agent: *\nDisallow: /private\nCrawl-delay: 2';
    const urls = [`${url}a`, `${url}private/b`];
    const answer = await readerWith().robots(
      { text, url: `${url}robots.txt`, agent: 'Lumina', urls },
      signal,
    );
    expect(answer).toEqual({ kind: 'done', value: { isAllowed: [true, false], crawlDelayMs: 2_000 } });
  });

  it('ends a page that takes too long, and goes on with the next', async () => {
    const pages = readerWith({ timeoutMs: 500, maxThreads: 1 });
    const from = performance.now();
    expect(await pages.page({ html: slow, url }, signal)).toEqual({ kind: 'failed', reason: 'too_slow' });
    expect(performance.now() - from).toBeLessThan(15_000);
    expect(await pages.page({ html: '<p>next', url }, signal)).toMatchObject({ kind: 'done' });
  });

  it('ends a page that takes too much memory', async () => {
    const pages = readerWith({ memoryMiB: 24, timeoutMs: 15_000 });
    const html = `<p>${'<a href=x>y</a>'.repeat(300_000)}`;
    expect(await pages.page({ html, url }, signal)).toEqual({ kind: 'failed', reason: 'too_large' });
  });

  it('ends with its signal, waiting or reading', async () => {
    const pages = readerWith({ maxThreads: 1 });
    const stop = new AbortController();
    const readings = [1, 2, 3].map(() => pages.page({ html: slow, url }, stop.signal));
    setTimeout(() => stop.abort(), 300);
    const from = performance.now();
    expect(await Promise.all(readings)).toEqual(
      [1, 2, 3].map(() => ({ kind: 'failed', reason: 'cancelled' })),
    );
    expect(performance.now() - from).toBeLessThan(15_000);
    expect(await pages.page({ html: '<p>next', url }, signal)).toMatchObject({ kind: 'done' });
  });

  it('says so when nobody can make sense of a text', async () => {
    const pages = readerWith();
    const reading = pages.robots({ text: '', url, agent: 'x', urls: undefined as never }, signal);
    expect(await reading).toEqual({ kind: 'failed', reason: 'broken' });
    expect(await pages.page({ html: '<p>next', url }, signal)).toMatchObject({ kind: 'done' });
  });
});
