import { WorkspaceError } from '../workspace';
import { plural } from '../workspace/printable';
import { linesOf } from './editable-text';
import type { TimeSlice } from '../workspace/time-slice';
import { nearestTo } from './nearest-lines';
import { charactersOf, startsOf } from './sequence-search';

export interface Replacement {
  readonly find: string;
  readonly replace: string;
  /** How often `find` occurs; all of them are replaced. */
  readonly occurrences: number;
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly replace: string;
  /** Which replacement, counted from 1. */
  readonly of: number;
}

const maxShownLines = 20;
/** Up to here the engine's own search is fast in the worst case too. */
const maxPlainCharacters = 16;

/**
 * Makes all replacements in a text. Each is looked for in the text as it was, so none sees what another has written.
 *
 * @throws WorkspaceError `no_match` for every replacement that does not occur as often as it says, and for two that overlap
 */
export async function replaceAll(
  text: string,
  replacements: readonly Replacement[],
  slice: TimeSlice,
): Promise<string> {
  const problems: string[] = [];
  const spans: Span[] = [];
  for (const [index, replacement] of replacements.entries()) {
    if (slice.isDue) await slice.pause();
    const { find, replace, occurrences: wanted } = replacement;
    const found = occurrences(text, find);
    if (found.length !== wanted)
      problems.push(`- replacement ${index + 1}: ${mismatch(text, replacement, found)}`);
    else for (const start of found) spans.push({ start, end: start + find.length, replace, of: index + 1 });
  }
  spans.sort((a, b) => a.start - b.start);
  if (problems.length === 0) problems.push(...overlaps(text, spans));
  if (problems.length > 0)
    throw new WorkspaceError('no_match', ['nothing was changed:', ...problems].join('\n'));
  return spliced(text, spans);
}

/** Those that do not overlap an earlier one. */
function occurrences(text: string, find: string): readonly number[] {
  if (find.length > maxPlainCharacters)
    return [...startsOf(charactersOf(find), charactersOf(text), { from: 0, isApart: true })];
  const found: number[] = [];
  for (let at = text.indexOf(find); at >= 0; at = text.indexOf(find, at + find.length)) found.push(at);
  return found;
}

function spliced(text: string, spans: readonly Span[]): string {
  const parts: string[] = [];
  let done = 0;
  for (const { start, end, replace } of spans) {
    parts.push(text.slice(done, start), replace);
    done = end;
  }
  return [...parts, text.slice(done)].join('');
}

const lineAt = (text: string, offset: number): number => {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
};

function mismatch(
  text: string,
  { find, occurrences: wanted }: Replacement,
  found: readonly number[],
): string {
  if (found.length === 0)
    return `"find" does not occur in the file; ${nearestTo(linesOf(text), linesOf(find), '"find"')}`;
  const lines = found.slice(0, maxShownLines).map((at) => lineAt(text, at));
  const more = found.length > lines.length ? ` and ${found.length - lines.length} more` : '';
  return (
    `"find" occurs ${plural(found.length, 'time')}, not ${wanted}: at line ${lines.join(', ')}${more}; ` +
    'add lines around it until it is unique, or set occurrences'
  );
}

function overlaps(text: string, spans: readonly Span[]): readonly string[] {
  const found = spans.flatMap((span, index) => {
    const before = spans[index - 1];
    return before === undefined || before.end <= span.start ? [] : [{ span, before }];
  });
  return found
    .slice(0, maxShownLines)
    .map(
      ({ span, before }) =>
        `- replacements ${before.of} and ${span.of} overlap at line ${lineAt(text, span.start)}: join them`,
    );
}
