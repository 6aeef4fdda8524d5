import { WorkspaceError } from '../workspace';
import { plural } from '../workspace/printable';
import { linesOf } from './editable-text';
import { nearestPlace, showLine, showLines } from './nearest-lines';

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

/**
 * Makes all replacements in a text. Each is looked for in the text as it was, so none sees what another has written.
 *
 * @throws WorkspaceError `no_match` for every replacement that does not occur as often as it says, and for two that overlap
 */
export function replaceAll(text: string, replacements: readonly Replacement[]): string {
  const problems: string[] = [];
  const spans: Span[] = [];
  for (const [index, replacement] of replacements.entries()) {
    const found = occurrences(text, replacement.find);
    if (found.length !== replacement.occurrences)
      problems.push(`- replacement ${index + 1}: ${mismatch(text, replacement, found)}`);
    const { replace, find } = replacement;
    spans.push(...found.map((start) => ({ start, end: start + find.length, replace, of: index + 1 })));
  }
  spans.sort((a, b) => a.start - b.start);
  if (problems.length === 0) problems.push(...overlaps(text, spans));
  if (problems.length > 0)
    throw new WorkspaceError('no_match', ['nothing was changed:', ...problems].join('\n'));
  return spliced(text, spans);
}

function occurrences(text: string, find: string): readonly number[] {
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
  if (found.length === 0) return `"find" does not occur in the file; ${nearest(text, find)}`;
  const lines = found.slice(0, maxShownLines).map((at) => lineAt(text, at));
  const more = found.length > lines.length ? ` and ${found.length - lines.length} more` : '';
  return (
    `"find" occurs ${plural(found.length, 'time')}, not ${wanted}: at line ${lines.join(', ')}${more}; ` +
    'add lines around it until it is unique, or set occurrences'
  );
}

function nearest(text: string, find: string): string {
  const lines = linesOf(text);
  const wanted = linesOf(find);
  const near = nearestPlace(lines, wanted);
  if (near === undefined) return 'nothing in the file is like it: read the file again';
  if (near.firstDifference === undefined)
    return `only white space differs at line ${near.start + 1}:\n${showLines(lines, near.start, 3)}`;
  const at = near.start + near.firstDifference;
  return [
    `it is nearest at line ${near.start + 1}, where line ${at + 1} differs:`,
    ...(at < lines.length ? [`  in the file: ${showLine(lines[at] ?? '')}`] : ['  the file ends there']),
    `  in "find":   ${showLine(wanted[near.firstDifference] ?? '')}`,
  ].join('\n');
}

function overlaps(text: string, spans: readonly Span[]): readonly string[] {
  return spans.flatMap((span, index) => {
    const before = spans[index - 1];
    if (before === undefined || before.end <= span.start) return [];
    return [
      `- replacements ${before.of} and ${span.of} overlap at line ${lineAt(text, span.start)}: join them`,
    ];
  });
}
