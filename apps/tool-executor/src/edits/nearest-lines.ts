import { cutText, printableLine } from '../workspace/printable';

const maxComparisons = 2_000_000;
const maxShownCharacters = 200;

interface NearPlace {
  /** Index of the first line. */
  readonly start: number;
  /** Index, counted from `start`, of the first line that differs; undefined when only white space does. */
  readonly firstDifference: number | undefined;
}

/**
 * Where in a text most of the wanted lines stand in a row, taking white space at either end of a line for nothing. Undefined when fewer
 * than a third of them do, or the text is too large to look through.
 */
function nearestPlace(lines: readonly string[], wanted: readonly string[]): NearPlace | undefined {
  if (wanted.length === 0 || lines.length * wanted.length > maxComparisons) return undefined;
  const trimmed = lines.map((line) => line.trim());
  const looked = wanted.map((line) => line.trim());
  let best = { start: -1, score: 0 };
  for (let start = 1 - looked.length; start < trimmed.length; start++) {
    const score = looked.reduce((sum, line, at) => sum + weight(line, trimmed[start + at]), 0);
    if (score > best.score) best = { start, score };
  }
  const whole = looked.reduce((sum, line) => sum + weight(line, line), 0);
  if (best.score < Math.max(1, whole / 3)) return undefined;
  const start = Math.max(0, best.start);
  const difference = looked.findIndex((line, at) => line !== trimmed[best.start + at]);
  return {
    start,
    firstDifference: difference < 0 ? undefined : Math.max(0, difference + best.start - start),
  };
}

/** An empty line, or a lone bracket, says little about where one is. */
const weight = (line: string, other: string | undefined): number =>
  line === other ? (/\w/.test(line) ? 4 : line === '' ? 0 : 1) : 0;

/** A few lines with their numbers, for a message. */
function showLines(lines: readonly string[], start: number, count: number): string {
  const end = Math.min(lines.length, start + count);
  return lines
    .slice(start, end)
    .map((line, at) => `${start + at + 1}: ${showLine(line)}`)
    .join('\n');
}

const showLine = (line: string): string =>
  line.length > maxShownCharacters
    ? `${printableLine(cutText(line, maxShownCharacters))}…`
    : printableLine(line);

/** For the model: where in a file the wanted lines nearly are, and what differs there. `named` is what they are called. */
export function nearestTo(lines: readonly string[], wanted: readonly string[], named: string): string {
  const near = nearestPlace(lines, wanted);
  if (near === undefined) return 'nothing in the file is like it: read the file again';
  if (near.firstDifference === undefined)
    return `only white space differs at line ${near.start + 1}:\n${showLines(lines, near.start, 3)}`;
  const at = near.start + near.firstDifference;
  const label = `in ${named}: `;
  return [
    `it is nearest at line ${near.start + 1}, where line ${at + 1} differs:`,
    at < lines.length
      ? `  ${'in the file: '.padEnd(label.length)}${showLine(lines[at] ?? '')}`
      : '  the file ends there',
    `  ${label.padEnd('in the file: '.length)}${showLine(wanted[near.firstDifference] ?? '')}`,
  ].join('\n');
}
