import { describe, expect, it } from '@jest/globals';
import { leftBehindFaults } from './left-behind';
import { treeOf } from './source-tree';

// In pieces: this file is checked too.
const workshop = ['', 'work', 'main'].join('/');
const mark = ['TO', 'DO'].join('');

const faultsOf = (path: string, text: string): readonly string[] =>
  leftBehindFaults(treeOf({ [path]: text }));

describe('what must not be left behind', () => {
  it.each(['/home/somebody/x', '/Users/somebody/x', '/root/.ssh/id', 'file:///root/x', '"/home/a"'])(
    'finds the home path in %s',
    (text) => {
      expect(faultsOf('docs/a.md', `one\nsee ${text}`)).toEqual([
        "docs/a.md:2 holds a path below somebody's home directory",
      ]);
    },
  );

  it.each([
    'https://host/home/page',
    '~/root/x',
    './home/x',
    '${base}/root/x',
    '`/home` and /root',
    '/homes/x',
    'a/root/b',
  ])('lets %s pass', (text) => {
    expect(faultsOf('docs/a.md', text)).toEqual([]);
  });

  it('finds a path of the workshop, in tests as well', () => {
    expect(faultsOf('libs/x/a.test.ts', `const a = '${workshop}';`)).toHaveLength(1);
    expect(faultsOf('libs/x/a.ts', `// ${workshop}`)).toHaveLength(1);
  });

  it('lets tests of path handling speak of homes', () => {
    expect(faultsOf('libs/x/a.test.ts', "read('/root/.ssh/id')")).toEqual([]);
  });

  it('finds what is marked unfinished', () => {
    expect(faultsOf('libs/x/a.ts', `// ${mark}: more`)).toEqual([expect.stringContaining('libs/x/a.ts:1')]);
    expect(faultsOf('libs/x/a.ts', `// ${['FIX', 'ME'].join('')}`)).toHaveLength(1);
    expect(faultsOf('libs/x/a.ts', `const x${mark}S = 1;`)).toEqual([]);
  });

  it('does not read the lock file', () => {
    expect(faultsOf('package-lock.json', workshop)).toEqual([]);
  });
});
