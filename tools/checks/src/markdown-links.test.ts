import { describe, expect, it } from '@jest/globals';
import { markdownLinkFaults } from './markdown-links';
import { treeOf } from './source-tree';

const others = {
  'README.md': '# Lumina\n\n## How it works: in brief\n\n## Twice\n\n## Twice\n\n<a id="by-hand"></a>\n',
  'docs/guide.md': '# `lumina` [guide](x.md)\n',
  'docs/x.md': '',
  'docs/a b.md': '',
  'img/a.png': '',
};
const faultsOf = (text: string): readonly string[] =>
  markdownLinkFaults(treeOf({ ...others, 'docs/page.md': text }));
const faultsHere = (text: string): readonly string[] =>
  faultsOf(text).filter((fault) => fault.startsWith('docs/page.md'));

describe('links between pages', () => {
  it.each([
    '[a](guide.md)',
    '[a](./guide.md "title")',
    '[a](<guide.md>)',
    '[a](../README.md#how-it-works-in-brief)',
    '[a](../README.md#twice-1)',
    '[a](../README.md#by-hand)',
    '[a](guide.md#lumina-guide)',
    '[a](/README.md)',
    '[a](../docs)',
    '[a](../docs/)',
    '[a](..)',
    '[a](a%20b.md)',
    '![a](../img/a.png)',
    '[a](https://example.org/x)',
    '[a](mailto:a@example.org)',
    '# Here\n[a](#here)',
    '[a]: guide.md',
    '`[a](missing.md)`',
    '```\n[a](missing.md)\n```',
    '~~~\n```\n[a](missing.md)\n~~~',
  ])('resolve: %j', (text) => {
    expect(faultsHere(text)).toEqual([]);
  });

  it.each([
    ['[a](missing.md)', 'docs/page.md:1 links to missing.md, which does not exist'],
    ['x\n[a](README.md)', 'docs/page.md:2 links to README.md, which does not exist'],
    ['[a](Guide.md)', 'docs/page.md:1 links to Guide.md, which does not exist'],
    ['[a](../../outside.md)', 'docs/page.md:1 links to ../../outside.md, which does not exist'],
    [
      '[a](../README.md#nowhere)',
      'docs/page.md:1 links to ../README.md#nowhere, but there is no such heading',
    ],
    ['[a](#nowhere)', 'docs/page.md:1 links to #nowhere, but there is no such heading'],
    ['[a]: missing.md', 'docs/page.md:1 links to missing.md, which does not exist'],
    ['[![a](../img/no.png)](guide.md)', 'docs/page.md:1 links to ../img/no.png, which does not exist'],
    ['```\n```\n[a](missing.md)', 'docs/page.md:3 links to missing.md, which does not exist'],
  ])('do not: %j', (text, fault) => {
    expect(faultsHere(text)).toEqual([fault]);
  });

  it('finds both of two on a line', () => {
    expect(faultsHere('[a](one.md) and [b](two.md)')).toHaveLength(2);
  });
});
