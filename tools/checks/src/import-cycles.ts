import { posix } from 'node:path';
import ts from 'typescript';
import type { Check } from './check';
import type { SourceTree } from './source-tree';

/** File → files that it imports, types included: what needs the other to be understood depends on it. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

const isSource = (path: string): boolean => /^(apps|libs|tools)\/.*\.(ts|mjs)$/.test(path);

function candidatesFor(importer: string, specifier: string): readonly string[] {
  const library = /^@lumina\/([a-z-]+)$/.exec(specifier)?.[1];
  if (library !== undefined) return [`libs/${library}/src/index.ts`];
  if (!specifier.startsWith('.')) return [];
  const path = posix.join(posix.dirname(importer), specifier);
  return [path, `${path}.ts`, `${path}/index.ts`];
}

export function importGraph(tree: SourceTree): ImportGraph {
  const sources = new Set(tree.paths.filter(isSource));
  return new Map(
    [...sources].map((path) => {
      const { importedFiles } = ts.preProcessFile(tree.read(path), true, true);
      const targets = importedFiles.map(({ fileName }) =>
        candidatesFor(path, fileName).find((candidate) => sources.has(candidate)),
      );
      return [path, targets.filter((target) => target !== undefined)];
    }),
  );
}

/**
 * Depth-first search: a file on the path that is met again closes a cycle. Files that are done are never entered twice,
 * so each cycle shows at least once unless it shares a file with one already shown; mending that one shows the next.
 */
export function importCycles(graph: ImportGraph): readonly (readonly string[])[] {
  const done = new Set<string>();
  const trail: string[] = [];
  const cycles: string[][] = [];
  const visit = (file: string): void => {
    const start = trail.indexOf(file);
    if (start >= 0) cycles.push([...trail.slice(start), file]);
    if (start >= 0 || done.has(file)) return;
    trail.push(file);
    for (const target of graph.get(file) ?? []) visit(target);
    trail.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return cycles;
}

export const noImportCycles: Check = {
  name: 'no import cycles',
  faults: (tree) => importCycles(importGraph(tree)).map((cycle) => `import cycle: ${cycle.join(' → ')}`),
};
