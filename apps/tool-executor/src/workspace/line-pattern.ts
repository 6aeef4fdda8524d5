import { RE2JS } from 're2js';

/**
 * What a search looks for in each line.
 *
 * P1 Regular expressions run on RE2: time grows with pattern × line, never exponentially. Both factors are bounded:
 *    the compiled pattern here, the line by `maxLineCharacters`.
 */
export interface PatternOptions {
  readonly isLiteral: boolean;
  readonly ignoreCase: boolean;
}

export interface LinePattern {
  readonly kind: 'ok';
  /** Bytes that every file with a match holds, where that is known. */
  readonly needle: Buffer | undefined;
  /** Only this much of a line is searched. */
  readonly maxLineCharacters: number;
  matches(line: string): boolean;
  /** Where the first match of a line that matches begins. */
  startOf(line: string): number;
}

export type CompiledPattern = LinePattern | { readonly kind: 'error'; readonly message: string };

const maxPatternCharacters = 1000;
const maxRepeats = 2000;
const maxProgramSize = 10_000;
const maxStepsPerLine = 2_000_000;
const maxLineCharacters = 256 * 1024;
const metaCharacter = /[\\^$.|?*+()[\]{}]/;

export function compilePattern(pattern: string, options: PatternOptions): CompiledPattern {
  if (pattern === '' || pattern.length > maxPatternCharacters)
    return { kind: 'error', message: `a pattern has 1 to ${maxPatternCharacters} characters` };
  const isPlain = options.isLiteral || !metaCharacter.test(pattern);
  if (isPlain && pattern.includes('\n'))
    return { kind: 'error', message: 'a pattern is matched within one line and cannot contain a line break' };
  if (isPlain && !options.ignoreCase) return literalPattern(pattern);
  return regularExpression(isPlain ? RE2JS.quote(pattern) : pattern, options.ignoreCase);
}

const literalPattern = (text: string): LinePattern => ({
  kind: 'ok',
  needle: Buffer.from(text),
  maxLineCharacters,
  matches: (line) => line.includes(text),
  startOf: (line) => line.indexOf(text),
});

function regularExpression(pattern: string, ignoreCase: boolean): CompiledPattern {
  const repeats = Array.from(pattern.matchAll(/\d+/g), ([digits]) => Number(digits));
  if (pattern.includes('{') && repeats.reduce((sum, count) => sum + count, 0) > maxRepeats) return tooComplex;
  try {
    const expression = RE2JS.compile(pattern, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
    const size = expression.programSize();
    return size > maxProgramSize ? tooComplex : searching(expression, size);
  } catch (error) {
    return { kind: 'error', message: explain(error) };
  }
}

const searching = (expression: RE2JS, size: number): LinePattern => ({
  kind: 'ok',
  needle: undefined,
  maxLineCharacters: Math.min(maxLineCharacters, Math.floor(maxStepsPerLine / size)),
  matches: (line) => expression.test(line),
  startOf(line) {
    // Far slower than `test`, which does not learn positions: only for lines that are cut around their match.
    const matcher = expression.matcher(line);
    return matcher.find() ? matcher.start() : 0;
  },
});

const tooComplex: CompiledPattern = {
  kind: 'error',
  message: 'the regular expression is too large: use fewer or smaller repetitions {n,m}',
};

function explain(error: unknown): string {
  const reason =
    error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : 'it does not parse';
  const hint =
    'RE2 syntax has no lookaround and no backreferences; set literal to true to search for plain text';
  return `the regular expression is not valid: ${reason}. ${hint}`;
}
