export interface TableRow {
  readonly line: number;
  readonly cells: readonly string[];
}

const isRule = (cells: readonly string[]): boolean => cells.every((cell) => /^:?-{3,}:?$/.test(cell));

/** Rows of every table whose first column is headed `heading`, without header and rule. Lines count from 1. */
export function rowsBelow(heading: string, text: string): readonly TableRow[] {
  const rows: TableRow[] = [];
  let isInside = false;
  for (const [index, source] of text.split('\n').entries()) {
    const cells = cellsOf(source);
    if (cells === undefined) isInside = false;
    else if (cells[0] === heading) isInside = true;
    else if (isInside && !isRule(cells)) rows.push({ line: index + 1, cells });
  }
  return rows;
}

function cellsOf(source: string): readonly string[] | undefined {
  const line = source.trim();
  if (!line.startsWith('|') || !line.endsWith('|') || line.length < 2) return undefined;
  return line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}

/** `` `name` `` → `name`. */
export const uncoded = (cell: string): string => cell.replace(/^`(.*)`$/, '$1');

export function doubled(values: readonly string[]): readonly string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}
