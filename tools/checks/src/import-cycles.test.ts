import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { importCycles, importGraph, noImportCycles } from './import-cycles';
import { treeOf } from './source-tree';

describe('import cycles', () => {
  it('are found across files, folders and libraries', () => {
    const tree = treeOf({
      'libs/a/src/index.ts': "export { one } from './one';",
      'libs/a/src/one.ts': "import { two } from '../src/deep';",
      'libs/a/src/deep/index.ts': "import { three } from '@lumina/b';",
      'libs/b/src/index.ts': "import { one } from '@lumina/a';",
    });
    expect(noImportCycles.faults(tree)).toEqual([
      'import cycle: libs/a/src/index.ts → libs/a/src/one.ts → libs/a/src/deep/index.ts → libs/b/src/index.ts → libs/a/src/index.ts',
    ]);
  });

  it.each([
    ["import type { b } from './b';"],
    ["export { b } from './b';"],
    ["const b = import('./b');"],
    ["const b = require('./b');"],
  ])('count %s', (source) => {
    const tree = treeOf({ 'apps/x/a.ts': source, 'apps/x/b.ts': "import './a';" });
    expect(noImportCycles.faults(tree)).toHaveLength(1);
  });

  it('are not words in a comment or a string', () => {
    const tree = treeOf({
      'apps/x/a.ts': "// import './b'\nconst text = \"import './b'\";",
      'apps/x/b.ts': "import './a';",
    });
    expect(noImportCycles.faults(tree)).toEqual([]);
  });

  it('are not packages, nor files that are not there', () => {
    const tree = treeOf({
      'tools/x/a.mjs': "import 'a'; import './gone.mjs'; import './b.mjs';",
      'tools/x/b.mjs': '',
    });
    expect(importGraph(tree).get('tools/x/a.mjs')).toEqual(['tools/x/b.mjs']);
  });

  it('a file that imports itself is one', () => {
    expect(importCycles(new Map([['a', ['a']]]))).toEqual([['a', 'a']]);
  });

  it('are found exactly where files cannot be put in an order', () => {
    const edges = fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 14 });
    fc.assert(
      fc.property(edges, (pairs) => {
        const graph = new Map(
          Array.from({ length: 8 }, (_, node) => [
            String(node),
            pairs.filter(([from]) => from === node).map(([, to]) => String(to)),
          ]),
        );
        expect(importCycles(graph).length === 0).toBe(hasOrder(graph));
      }),
      { numRuns: 300 },
    );
  });
});

/** Takes away files that import nothing that is left, until nothing is left or nothing can be taken. */
function hasOrder(graph: ReadonlyMap<string, readonly string[]>): boolean {
  const left = new Map(graph);
  let before = -1;
  while (before !== left.size) {
    before = left.size;
    for (const [file, targets] of left) if (!targets.some((target) => left.has(target))) left.delete(file);
  }
  return left.size === 0;
}
