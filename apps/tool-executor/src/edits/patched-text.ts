import { formatCount, plural, printableLine } from '../workspace/printable';
import type { Hunk, HunkLine } from './hunk';
import { nearestTo } from './nearest-lines';
import { sequenceOf, startsOf } from './sequence-search';

/**
 * A text with hunks applied to it.
 *
 * A1 A hunk is applied where its header says, shifted by as much as the hunk before it was; else where its lines stand, if they
 *    stand at one place only behind the hunk before it. What is not unique is not guessed.
 * A2 Without fuzz every line of a hunk must be there as it is. With fuzz n, up to n context lines at either end may be left out.
 * A3 Context lines stay as they are in the file. The last line of a file may lack its line end though the patch has one.
 */
export interface Patched {
  readonly text: string;
  /** Remarks for the model: what was applied elsewhere than it said. */
  readonly remarks: readonly string[];
}

export type PatchResult =
  ({ readonly kind: 'ok' } & Patched) | { readonly kind: 'error'; readonly problems: readonly string[] };

interface Placed {
  readonly start: number;
  readonly lines: readonly HunkLine[];
  readonly leftOut: number;
}

export function patchedText(text: string, hunks: readonly Hunk[], maxFuzz: number): PatchResult {
  const file = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const result: string[] = [];
  const problems: string[] = [];
  const remarks: string[] = [];
  let done = 0;
  let shift = 0;
  for (const [index, hunk] of hunks.entries()) {
    const name = `hunk ${index + 1} of ${hunks.length} (${printableLine(hunk.header.slice(0, 80))})`;
    const found = place(file, hunk, { from: done, shift, maxFuzz });
    if (found.kind === 'error') {
      problems.push(`${name} ${found.reason}`);
      continue;
    }
    const { start, lines, leftOut } = found;
    const replaced = applied(file, start, lines);
    result.push(...file.slice(done, start), ...replaced.lines);
    done = start + replaced.count;
    const said = hunk.oldIndex === undefined ? start : hunk.oldIndex + leftOut;
    if (start !== said + shift) remarks.push(`${name} applied at line ${start + 1}`);
    if (found.fuzz > 0) remarks.push(`${name} applied with fuzz ${found.fuzz}`);
    shift = start - said;
  }
  if (problems.length > 0) return { kind: 'error', problems };
  return { kind: 'ok', text: joined([...result, ...file.slice(done)]), remarks };
}

/** Only the last line may lack its line end. */
const joined = (lines: readonly string[]): string =>
  lines.map((line, at) => (at < lines.length - 1 && !line.endsWith('\n') ? `${line}\n` : line)).join('');

const isOld = ({ kind }: HunkLine): boolean => kind !== 'new';

function applied(
  file: readonly string[],
  start: number,
  lines: readonly HunkLine[],
): { lines: readonly string[]; count: number } {
  const result: string[] = [];
  let at = start;
  for (const { kind, text } of lines) {
    if (kind === 'new') result.push(text);
    if (kind === 'context') result.push(file[at] ?? text);
    if (kind !== 'new') at++;
  }
  return { lines: result, count: at - start };
}

interface Search {
  readonly from: number;
  readonly shift: number;
  readonly maxFuzz: number;
}

type Found =
  | ({ readonly kind: 'ok'; readonly fuzz: number } & Placed)
  | { readonly kind: 'error'; readonly reason: string };

function place(file: readonly string[], hunk: Hunk, { from, shift, maxFuzz }: Search): Found {
  for (let fuzz = 0; fuzz <= maxFuzz; fuzz++) {
    const { lines, leftOut } = trimmed(hunk.lines, fuzz);
    const expected = hunk.oldIndex === undefined ? undefined : hunk.oldIndex + shift + leftOut;
    const starts = candidates(file, lines.filter(isOld), { from, expected });
    const [start] = starts;
    if (start !== undefined && starts.length === 1) return { kind: 'ok', start, lines, leftOut, fuzz };
    if (starts.length > 1) return { kind: 'error', reason: ambiguous(starts) };
  }
  return { kind: 'error', reason: misfit(file, hunk, from) };
}

/** Without up to `fuzz` context lines at either end, as long as another old line stays. */
function trimmed(lines: readonly HunkLine[], fuzz: number): { lines: readonly HunkLine[]; leftOut: number } {
  const leading = lines.findIndex(({ kind }) => kind !== 'context');
  const trailing = lines.length - 1 - lines.findLastIndex(({ kind }) => kind !== 'context');
  const leftOut = Math.min(fuzz, leading);
  const kept = lines.slice(leftOut, lines.length - Math.min(fuzz, trailing));
  return kept.some(isOld) ? { lines: kept, leftOut } : { lines, leftOut: 0 };
}

/** Where the lines stand: only at the expected place if they are there. */
function candidates(
  file: readonly string[],
  old: readonly HunkLine[],
  { from, expected }: { from: number; expected: number | undefined },
): readonly number[] {
  const fits = (start: number): boolean => old.every(({ text }, at) => isSame(file, start + at, text));
  if (expected !== undefined && expected >= from && expected <= file.length && fits(expected))
    return [expected];
  if (old.length === 0) return [];
  const starts = startsOf(sequenceOf(old.map(({ text }) => ended(text))), sequenceOf(file.map(ended)), {
    from,
    isApart: false,
  });
  return [...starts].filter((start) =>
    old.every(({ text }, at) => text.endsWith('\n') || file[start + at] === text),
  );
}

const ended = (line: string): string => (line.endsWith('\n') ? line : `${line}\n`);

function isSame(file: readonly string[], at: number, text: string): boolean {
  const line = file[at];
  return line === text || (at === file.length - 1 && line !== undefined && `${line}\n` === text);
}

function ambiguous(starts: readonly number[]): string {
  const shown = starts.slice(0, 10).map((start) => formatCount(start + 1));
  const more = starts.length > shown.length ? ` and ${plural(starts.length - shown.length, 'other')}` : '';
  return `is not at its line, and its lines stand at several: ${shown.join(', ')}${more}. Correct the line number, or add context`;
}

function misfit(file: readonly string[], hunk: Hunk, from: number): string {
  const withoutEnd = (line: string): string => line.replace(/\n$/, '');
  const old = hunk.lines.filter(isOld).map(({ text }) => withoutEnd(text));
  if (old.length === 0)
    return `inserts at a line that is not there: the file has ${plural(file.length, 'line')}`;
  const lines = file.map(withoutEnd);
  const [first = from] = startsOf(sequenceOf(old), sequenceOf(lines), { from: 0, isApart: false });
  const isBefore = first < from;
  if (isBefore)
    return 'stands before the hunk ahead of it, or overlaps it: put hunks in the order of the file';
  return `does not fit: ${nearestTo(lines, old, 'the patch')}`;
}
