import { DiffFault } from './diff-fault';

export interface HunkLine {
  readonly kind: 'context' | 'old' | 'new';
  /** With its line end, unless the patch says that there is none. */
  readonly text: string;
}

export interface Hunk {
  /** As written, for messages. */
  readonly header: string;
  /** Index of the first line that it replaces, or before which it inserts; undefined when the header does not say. */
  readonly oldIndex: number | undefined;
  readonly lines: readonly HunkLine[];
  /** The header's counts were wrong, and the lines themselves were counted. */
  readonly isRecounted: boolean;
}

interface Counts {
  readonly start: number;
  readonly old: number;
  readonly new: number;
}

const headerPattern = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;

function countsOf(header: string): Counts | undefined {
  const [, start, old = '1', , added = '1'] = headerPattern.exec(header) ?? [];
  return start === undefined ? undefined : { start: Number(start), old: Number(old), new: Number(added) };
}

/** The hunk whose header is at an index, and the index after it. */
export function hunkAt(lines: readonly string[], at: number): { hunk: Hunk; next: number } {
  const header = lines[at] ?? '';
  const counts = countsOf(header);
  const counted = counts && byCounts(lines, at + 1, counts);
  const next = counted ?? byLooks(lines, at + 1);
  const body = hunkLines(lines, at + 1, next);
  if (!body.some(({ kind }) => kind !== 'context'))
    throw new DiffFault(at, 'this hunk adds and removes nothing');
  const isInsertion = !body.some(({ kind }) => kind !== 'new');
  const oldIndex = counts && (isInsertion ? counts.start : counts.start - 1);
  const isRecounted = counts !== undefined && counted === undefined;
  return { hunk: { header, oldIndex: oldIndex && Math.max(0, oldIndex), lines: body, isRecounted }, next };
}

/** Where the hunk ends by the counts in its header; undefined when they do not fit what follows. */
function byCounts(lines: readonly string[], from: number, counts: Counts): number | undefined {
  let { old, new: added } = counts;
  let at = from;
  for (; old > 0 || added > 0; at++) {
    const line = lines[at];
    const sign = line === '' ? ' ' : line?.[0];
    if (sign === ' ' || sign === '-') old--;
    if (sign === ' ' || sign === '+') added--;
    if (line === undefined || !' +-\\'.includes(sign ?? '') || old < 0 || added < 0) return undefined;
  }
  while (lines[at]?.startsWith('\\')) at++;
  const after = lines[at];
  return after === undefined || after === '' || isEnd(lines, at) || !' +-'.includes(after[0] ?? '')
    ? at
    : undefined;
}

/** Where the hunk ends by what its lines look like. */
function byLooks(lines: readonly string[], from: number): number {
  let at = from;
  while (
    at < lines.length &&
    !isEnd(lines, at) &&
    (lines[at] === '' || ' +-\\'.includes(lines[at]?.[0] ?? ''))
  )
    at++;
  while (at > from && lines[at - 1] === '') at--;
  return at;
}

const isEnd = (lines: readonly string[], at: number): boolean => {
  const line = lines[at] ?? '';
  if (line === '-- ' || line.startsWith('@@') || line.startsWith('diff --git ')) return true;
  return line.startsWith('--- ') && (lines[at + 1] ?? '').startsWith('+++ ');
};

const kinds = { ' ': 'context', '-': 'old', '+': 'new' } as const;

function hunkLines(lines: readonly string[], from: number, to: number): HunkLine[] {
  const body: HunkLine[] = [];
  for (const line of lines.slice(from, to)) {
    const sign = (line === '' ? ' ' : line[0]) as ' ' | '-' | '+' | '\\';
    const last = body.at(-1);
    if (sign !== '\\') body.push({ kind: kinds[sign], text: `${line.slice(1)}\n` });
    else if (last !== undefined) body[body.length - 1] = { ...last, text: last.text.replace(/\n$/, '') };
  }
  return body;
}
