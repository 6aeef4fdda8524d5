import { describe, expect, it } from '@jest/globals';
import { dependencyTableFaults } from './dependency-table';
import { treeOf } from './source-tree';

const manifest = { dependencies: { zod: '4.6.7' }, devDependencies: { jest: '30.5.2' } };
const lock = {
  packages: { '': {}, 'node_modules/zod': { license: 'MIT' }, 'node_modules/jest': { license: 'MIT' } },
};
const page = (...rows: readonly string[]): string =>
  ['| Package | Licence | For | Why this one |', '| --- | --- | --- | --- |', ...rows].join('\n');
const zod = '| `zod` | MIT | schemas | types follow |';
const jestRow = '| `jest` | MIT | tests | runs all |';

const faultsWith = (text: string, asked: object = manifest): readonly string[] =>
  dependencyTableFaults(
    treeOf({
      'docs/dependencies.md': text,
      'package.json': JSON.stringify(asked),
      'package-lock.json': JSON.stringify(lock),
    }),
  );

describe('dependency table', () => {
  it('is content when each package is explained once', () => {
    expect(faultsWith(page(zod, jestRow))).toEqual([]);
  });

  it('names a package without a row', () => {
    expect(faultsWith(page(zod))).toEqual(['docs/dependencies.md jest is not explained: add a row']);
  });

  it('names a row without a package', () => {
    expect(faultsWith(page(zod, jestRow, '| `left-pad` | MIT | a | b |'))).toEqual([
      'docs/dependencies.md:5 left-pad is not in package.json: remove the row',
    ]);
  });

  it('names a row that stands twice', () => {
    expect(faultsWith(page(zod, jestRow, zod))).toEqual(['docs/dependencies.md zod stands there twice']);
  });

  it('compares the licence with the installed one', () => {
    expect(faultsWith(page(zod, jestRow.replace('MIT', 'ISC')))).toEqual([
      'docs/dependencies.md:4 jest has the licence MIT, not ISC',
    ]);
  });

  it.each(['| `zod` | MIT | | types |', '| `zod` | MIT | schemas | |', '| `zod` | MIT |'])(
    'wants a reason: %s',
    (row) => {
      expect(faultsWith(page(row, jestRow))).toEqual([
        'docs/dependencies.md:3 zod must say what it is for and why this one',
      ]);
    },
  );

  it.each([
    '^4.6.7',
    '~4.6.7',
    '4.x',
    '*',
    'latest',
    '>=4.6.7',
    'file:../zod',
    '4.6',
    'npm:zod@^4.6.7',
    'npm:zod',
  ])('wants one version, not %s', (version) => {
    const asked = { ...manifest, dependencies: { zod: version } };
    expect(faultsWith(page(zod, jestRow), asked)).toEqual([
      expect.stringContaining(`asks for zod "${version}"`),
    ]);
  });

  it.each(['4.6.7', 'npm:zod@4.6.7', 'npm:@scope/zod@4.6.7'])('takes one version: %s', (version) => {
    const asked = { ...manifest, dependencies: { zod: version } };
    expect(faultsWith(page(zod, jestRow), asked)).toEqual([]);
  });

  it('knows optional packages too', () => {
    const asked = { ...manifest, optionalDependencies: { fast: '1.0.0-rc.1' } };
    expect(faultsWith(page(zod, jestRow), asked)).toEqual([
      'docs/dependencies.md fast is not explained: add a row',
    ]);
  });

  it('misses the page', () => {
    expect(dependencyTableFaults(treeOf({}))).toEqual(['docs/dependencies.md is missing']);
  });
});
