import type { Check } from './check';
import { doubled, rowsBelow, uncoded } from './markdown-table';
import { lockedPackages, requestedPackages } from './package-json';
import type { SourceTree } from './source-tree';

const page = 'docs/dependencies.md';
/** One version, of the package itself or of the one that it is another name for. */
const exactVersion = /^(npm:(@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

function pinFaults(requested: ReadonlyMap<string, string>): readonly string[] {
  return [...requested]
    .filter(([, version]) => !exactVersion.test(version))
    .map(([name, version]) => `package.json asks for ${name} "${version}": pin one version, such as 1.2.3`);
}

function rowFaults(tree: SourceTree, requested: ReadonlyMap<string, string>): readonly string[] {
  const locked = lockedPackages(tree);
  return rowsBelow('Package', tree.read(page)).flatMap(({ line, cells }) => {
    const [cell = '', licence = '', purpose = '', reason = ''] = cells;
    const name = uncoded(cell);
    const at = `${page}:${line} ${name}`;
    if (!requested.has(name)) return [`${at} is not in package.json: remove the row`];
    const faults: string[] = [];
    const actual = locked[`node_modules/${name}`]?.license ?? 'none given';
    if (licence !== actual) faults.push(`${at} has the licence ${actual}, not ${licence}`);
    if (purpose === '' || reason === '') faults.push(`${at} must say what it is for and why this one`);
    return faults;
  });
}

/** Every package that we ask for is explained, pinned, and nothing else is explained. */
export function dependencyTableFaults(tree: SourceTree): readonly string[] {
  if (!tree.paths.includes(page)) return [`${page} is missing`];
  const requested = requestedPackages(tree);
  const explained = rowsBelow('Package', tree.read(page)).map((row) => uncoded(row.cells[0] ?? ''));
  const missing = [...requested.keys()].filter((name) => !explained.includes(name));
  return [
    ...pinFaults(requested),
    ...rowFaults(tree, requested),
    ...doubled(explained).map((name) => `${page} ${name} stands there twice`),
    ...missing.map((name) => `${page} ${name} is not explained: add a row`),
  ];
}

export const dependencyTable: Check = { name: 'dependencies are explained', faults: dependencyTableFaults };
