import { errorCodes } from '@lumina/contracts';
import type { Check } from './check';
import { type TableRow, doubled, rowsBelow, uncoded } from './markdown-table';
import type { SourceTree } from './source-tree';

const page = 'docs/errors.md';
type Codes = Readonly<Record<string, { readonly status: number; readonly isRetryable: boolean }>>;

function rowFaults({ line, cells }: TableRow, codes: Codes): readonly string[] {
  const [name = '', status = '', retryable = '', meaning = '', advice = ''] = cells;
  const at = `${page}:${line}`;
  const code = uncoded(name);
  const known = codes[code];
  if (!known) return [`${at} ${code} is not an error code: remove the row`];
  const faults: string[] = [];
  if (status !== String(known.status))
    faults.push(`${at} ${code} is answered with ${known.status}, not ${status}`);
  const wanted = known.isRetryable ? 'yes' : 'no';
  if (retryable !== wanted)
    faults.push(`${at} ${code} retryable: "${wanted}" in the code, "${retryable}" here`);
  if (meaning === '' || advice === '') faults.push(`${at} ${code} needs a meaning and what to do`);
  return faults;
}

/** The page has one row for each code, says of it what the code says, and no page speaks of a code that is not. */
export function errorTableFaults(tree: SourceTree, codes: Codes): readonly string[] {
  if (!tree.paths.includes(page)) return [`${page} is missing`];
  const rows = rowsBelow('Code', tree.read(page));
  const names = rows.map((row) => uncoded(row.cells[0] ?? ''));
  return [
    ...rows.flatMap((row) => rowFaults(row, codes)),
    ...doubled(names).map((code) => `${page} ${code} stands there twice`),
    ...Object.keys(codes)
      .filter((code) => !names.includes(code))
      .map((code) => `${page} ${code} is not documented: add a row`),
    ...unknownMentions(tree, codes),
  ];
}

function unknownMentions(tree: SourceTree, codes: Codes): readonly string[] {
  const pages = tree.paths.filter((path) => path.endsWith('.md') && path !== page);
  return pages.flatMap((path) => {
    const mentioned = new Set(tree.read(path).match(/\bLUM_[A-Z_]+[A-Z]\b/g) ?? []);
    return [...mentioned]
      .filter((code) => !Object.hasOwn(codes, code))
      .map((code) => `${path} mentions ${code}, which is not an error code`);
  });
}

export const errorTable: Check = {
  name: 'error codes are documented',
  faults: (tree) => errorTableFaults(tree, errorCodes),
};
