import { describe, expect, it } from '@jest/globals';
import { isPermissive, lockFileFaults } from './lock-file';
import { treeOf } from './source-tree';

const faultsWith = (entry: object): readonly string[] =>
  lockFileFaults(
    treeOf({
      'package.json': JSON.stringify({ dependencies: { zod: '4.6.7' } }),
      'package-lock.json': JSON.stringify({
        packages: { '': { license: 'Apache-2.0' }, 'node_modules/zod': entry },
      }),
    }),
  );

describe('lock file', () => {
  it('is content with a permissive package from nowhere in particular', () => {
    expect(faultsWith({ license: 'MIT' })).toEqual([]);
  });

  it('names a package that remembers its host', () => {
    expect(faultsWith({ license: 'MIT', resolved: 'http://registry.invalid/zod.tgz' })).toEqual([
      expect.stringContaining(
        'node_modules/zod names where it was fetched (http://registry.invalid/zod.tgz)',
      ),
    ]);
  });

  it.each([{ license: 'GPL-3.0-only' }, { license: 'UNLICENSED' }, {}])(
    'names a licence to decide on: %j',
    (entry) => {
      expect(faultsWith(entry)).toEqual([expect.stringContaining('not known to be permissive')]);
    },
  );

  it('names a package that was never installed', () => {
    const tree = treeOf({
      'package.json': JSON.stringify({ devDependencies: { jest: '1.0.0' } }),
      'package-lock.json': JSON.stringify({ packages: {} }),
    });
    expect(lockFileFaults(tree)).toEqual(['package-lock.json lacks jest: run npm install']);
  });

  it('throws when there is nothing to judge', () => {
    const tree = treeOf({ 'package.json': '{}', 'package-lock.json': '{}' });
    expect(() => lockFileFaults(tree)).toThrow('packages');
  });
});

describe('licence expressions', () => {
  it.each(['MIT', '(MIT OR GPL-3.0-only)', 'Apache-2.0 AND MIT'])('%s is permissive', (expression) => {
    expect(isPermissive(expression)).toBe(true);
  });

  it.each([
    '',
    'AGPL-3.0-only',
    'MIT AND GPL-3.0-only',
    '(GPL-2.0-only OR LGPL-3.0-only)',
    'MIT AND (GPL-2.0-only OR X)',
  ])('%j is not', (expression) => {
    expect(isPermissive(expression)).toBe(false);
  });
});
