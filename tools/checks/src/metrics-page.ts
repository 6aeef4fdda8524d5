import type { Check } from './check';
import { type TableRow, rowsBelow, uncoded } from './markdown-table';
import { promisedMetrics, unboundedLabels } from './promised-metrics';
import type { SourceTree } from './source-tree';

const page = 'docs/metrics.md';

const nameOf = ({ cells }: TableRow): string => uncoded(cells[0] ?? '');
const labelsOf = ({ cells }: TableRow): readonly string[] =>
  (cells[2] ?? '').split(',').flatMap((cell) => uncoded(cell.trim()) || []);

function promiseFaults(rows: readonly TableRow[], planned: readonly string[]): readonly string[] {
  const labels = new Map(rows.map((row) => [nameOf(row), labelsOf(row)]));
  return Object.entries(promisedMetrics).flatMap(([name, promised]) => {
    const own = labels.get(name);
    if (own === undefined)
      return planned.includes(name)
        ? []
        : [`${name} is promised, and no service exports it: say why in ${page}`];
    return [
      ...(planned.includes(name) ? [`${name} is exported: take it out of what is not there yet`] : []),
      ...promised
        .filter((label) => !own.includes(label))
        .map((label) => `${name} is promised with the label ${label}, and has none`),
    ];
  });
}

/** Labels are few, documented and bounded; and whatever is promised is exported, or its absence explained. */
export function metricsPageFaults(tree: SourceTree): readonly string[] {
  if (!tree.paths.includes(page)) return [`${page} is missing`];
  const text = tree.read(page);
  const rows = rowsBelow('metric', text);
  const ours = rows.filter((row) => nameOf(row).startsWith('lumina_'));
  const bounded = rowsBelow('label', text).map(nameOf);
  const used = new Set(ours.flatMap(labelsOf));
  return [
    ...(ours.length === 0 ? [`${page} lists no metrics of ours`] : []),
    ...ours.flatMap((row) =>
      labelsOf(row).flatMap((label) => {
        const where = `${page}:${row.line} ${nameOf(row)} has the label ${label}`;
        if (unboundedLabels.includes(label))
          return [`${where}, of which there is no end: put it into the log`];
        return bounded.includes(label) ? [] : [`${where}: say below what bounds it`];
      }),
    ),
    ...bounded
      .filter((label) => !used.has(label) && label !== 'category')
      .map((label) => `${page} says what bounds ${label}, which no metric has`),
    ...promiseFaults(rows, rowsBelow('metric that is planned', text).map(nameOf)),
  ];
}

export const metricsPage: Check = {
  name: 'metrics are bounded, and those promised are there',
  faults: metricsPageFaults,
};
