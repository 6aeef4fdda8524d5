import { describe, expect, it } from '@jest/globals';
import { readPage, readRobots } from './page-worker';

const url = 'https://example.com/docs/page.html';
const markdown = (html: string): string => readPage({ html, url }).markdown;
const filler = 'This is a sentence, of which an article has many, so that it is one. '.repeat(8);

describe('readPage', () => {
  it('shows the article and leaves the rest of the page', () => {
    const html = `<html><head><title> The  title </title></head><body><nav><a href="/">Home</a></nav>
      <article><h1>Head</h1><p>${filler}</p><h2>Part</h2><p>${filler}</p></article>
      <footer>Cookies and imprint</footer></body></html>`;
    const page = readPage({ html, url });
    expect(page.title).toBe('The title');
    expect(page.markdown).toContain('## Part');
    expect(page.markdown).not.toMatch(/Home|Cookies/);
  });

  it('shows all of a page that has no article', () => {
    expect(markdown('<h1>Status</h1><ul><li>up<li>down</ul>')).toBe('# Status\n\n-   up\n-   down');
  });

  it('writes tables, code and quotations', () => {
    const html = `<table><tr><th>a<th>b</tr><tr><td>1|2<td>x
      y</tr></table><pre><code>let x;\n  y</code></pre><blockquote>said</blockquote>`;
    const text = markdown(html);
    expect(text).toContain('| a | b |\n| --- | --- |\n| 1\\|2 | x y |');
    expect(text).toContain('```\nlet x;\n  y\n```');
    expect(text).toContain('> said');
  });

  it('completes links, from the base that the page names, and cuts those that leave the web', () => {
    const html = `<base href="/other/"><a href="a">one</a> <a href="//x.test/b#c">two</a>
      <a href="javascript:alert(1)">three</a> <a href="mailto:a@b">four</a> <a href="a#d">five</a>`;
    const { links, markdown: text } = readPage({ html, url });
    expect(links).toEqual(['https://example.com/other/a', 'https://x.test/b']);
    expect(text).toContain('[one](https://example.com/other/a)');
    expect(text).not.toMatch(/javascript|mailto/);
  });

  it('shows nothing that a reader of the page would not see, and no image', () => {
    const html = `<p>seen</p><script>no1</script><style>no2</style><p hidden>no3</p><p aria-hidden="true">no4</p>
      <template>no5</template><noscript>no6</noscript><!-- no7 --><svg><text>no8</text></svg>
      <img src="https://evil.test/p.png?data" alt="a chart"><iframe src="x">no9</iframe>`;
    const text = markdown(html);
    expect(text).toMatch(/^seen\s+\[image: a chart\]$/);
  });

  it.each([
    ['empty', '', ''],
    ['plain text', 'just words', 'just words'],
    ['no body', '<html></html>', ''],
    ['a lone bracket', 'a < b', 'a < b'],
  ])('reads %s', (_name, html, wanted) => {
    expect(markdown(html)).toBe(wanted);
  });

  it('has at most a thousand links', () => {
    const html = Array.from({ length: 1_500 }, (_, index) => `<a href="/${index}">x</a>`).join('');
    expect(readPage({ html, url }).links).toHaveLength(1_000);
  });
});

describe('readRobots', () => {
  const text =
    'User-agent: *\nDisallow: /a\nAllow: /a/b\n\nUser-agent: Lumina\nDisallow: /only-us\nCrawl-delay: 3';
  const read = (agent: string, ...paths: string[]) =>
    readRobots({
      text,
      url: 'https://x.test/robots.txt',
      agent,
      urls: paths.map((path) => `https://x.test${path}`),
    });

  it('follows the rules for all, the longest first', () => {
    expect(read('Other', '/', '/a', '/a/b', '/only-us')).toEqual({
      isAllowed: [true, false, true, true],
      crawlDelayMs: undefined,
    });
  });

  it('follows those for us instead, where there are any', () => {
    expect(read('Lumina', '/a', '/only-us')).toEqual({ isAllowed: [true, false], crawlDelayMs: 3_000 });
  });
});
