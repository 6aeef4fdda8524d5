import type { LinePattern } from './line-pattern';
import { cutText, printableLine } from './printable';
import type { TimeSlice } from './time-slice';

export interface TextSearch {
  readonly pattern: LinePattern;
  /** Lines shown before and after each match. */
  readonly contextLines: number;
  readonly maxMatches: number;
  readonly slice: TimeSlice;
}

export interface FoundLine {
  /** 1 is the first. */
  readonly line: number;
  readonly isMatch: boolean;
  readonly text: string;
}

export interface TextFindings {
  /** In order; matches, and the lines around them when those are asked for. */
  readonly lines: readonly FoundLine[];
  readonly matches: number;
  /** Lines searched only in part because they are so long. */
  readonly longLines: number;
}

const maxShownCharacters = 400;
const leadCharacters = 100;

/** Searches a text line by line, giving up the event loop from time to time. */
export async function searchText(text: string, search: TextSearch): Promise<TextFindings> {
  const { pattern, slice } = search;
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const matches: number[] = [];
  let longLines = 0;
  for (let index = 0; index < lines.length && matches.length < search.maxMatches; index++) {
    if (slice.isDue) await slice.pause();
    const line = lines[index] ?? '';
    if (line.length > pattern.maxLineCharacters) longLines++;
    if (pattern.matches(searchedPart(line, pattern))) matches.push(index);
  }
  return { lines: withContext(lines, matches, search), matches: matches.length, longLines };
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);

const searchedPart = (line: string, { maxLineCharacters }: LinePattern): string =>
  line.length > maxLineCharacters ? line.slice(0, maxLineCharacters) : withoutReturn(line);

function withContext(
  lines: readonly string[],
  matches: readonly number[],
  { pattern, contextLines }: TextSearch,
): readonly FoundLine[] {
  const found = new Map<number, FoundLine>();
  const lineAt = (index: number): string => lines[index] ?? '';
  for (const match of matches) {
    const last = Math.min(lines.length - 1, match + contextLines);
    for (let near = Math.max(0, match - contextLines); near <= last; near++)
      if (!found.has(near))
        found.set(near, { line: near + 1, isMatch: false, text: shownLine(lineAt(near), 0) });
    const isCut = lineAt(match).length > maxShownCharacters;
    const start = isCut ? pattern.startOf(searchedPart(lineAt(match), pattern)) : 0;
    found.set(match, { line: match + 1, isMatch: true, text: shownLine(lineAt(match), start) });
  }
  return [...found.values()].sort((a, b) => a.line - b.line);
}

/** The part of a line around a match, on one line. */
function shownLine(line: string, matchStart: number): string {
  const whole = withoutReturn(line);
  if (whole.length <= maxShownCharacters) return printableLine(whole);
  const from = matchStart + leadCharacters < maxShownCharacters ? 0 : matchStart - leadCharacters;
  const part = cutText(whole.slice(from), maxShownCharacters);
  const isEnd = from + part.length >= whole.length;
  return `${from > 0 ? '…' : ''}${printableLine(part)}${isEnd ? '' : '…'} (${whole.length} characters)`;
}
