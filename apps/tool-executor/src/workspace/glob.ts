/**
 * Glob patterns over paths with "/" between components.
 *
 * G1 Matching takes time proportional to pattern × path: "*" and "**" fall back only to the last star seen, never
 *    further, so no pattern can make it hang.
 * G2 `*` and `?` match within one component, names with a leading dot too; `**` as a whole component matches any
 *    number of components. A pattern without "/" matches the last component at any depth.
 */
export type CompiledGlob =
  | { readonly kind: 'ok'; readonly matches: (path: string) => boolean }
  | { readonly kind: 'error'; readonly message: string };

type Token =
  | { readonly type: 'star' }
  | { readonly type: 'any' }
  | { readonly type: 'literal'; readonly character: string }
  | {
      readonly type: 'class';
      readonly isNegated: boolean;
      readonly ranges: readonly (readonly [string, string])[];
    };

/** "**", or the tokens of one component. */
type Segment = 'globstar' | readonly Token[];

const maxPatternCharacters = 512;
const maxAlternatives = 128;

export function compileGlob(pattern: string): CompiledGlob {
  if (pattern === '' || pattern.length > maxPatternCharacters)
    return { kind: 'error', message: `a glob pattern has 1 to ${maxPatternCharacters} characters` };
  const alternatives = expandBraces(pattern);
  if (alternatives === undefined)
    return {
      kind: 'error',
      message: `the braces of the pattern make more than ${maxAlternatives} alternatives`,
    };
  const compiled = alternatives.map(compileAlternative);
  if (compiled.some((segments) => segments.some(isParent)))
    return {
      kind: 'error',
      message: 'a glob pattern may not contain ".."; set the path to search in instead',
    };
  const matches = (path: string): boolean => {
    const components = path.split('/');
    return compiled.some((segments) => matchSequence(segments, components, componentMatching));
  };
  return { kind: 'ok', matches };
}

function compileAlternative(pattern: string): readonly Segment[] {
  const anchored = pattern.replace(/^(\.?\/)+/, '');
  const parts = anchored.split('/').filter((part) => part !== '');
  const segments = parts.map((part): Segment => (part === '**' ? 'globstar' : tokens(part)));
  return pattern.includes('/') ? segments : ['globstar', ...segments];
}

const isParent = (segment: Segment): boolean =>
  segment !== 'globstar' &&
  segment.length === 2 &&
  segment.every((token) => token.type === 'literal' && token.character === '.');

/** Expands {a,b}, nested too; undefined when there are too many. Braces without a partner or a comma are themselves. */
function expandBraces(pattern: string): readonly string[] | undefined {
  const pending = [pattern];
  const expanded: string[] = [];
  while (pending.length > 0) {
    if (pending.length + expanded.length > maxAlternatives) return undefined;
    const next = pending.pop() ?? '';
    const group = firstGroup(next);
    if (group === undefined) expanded.push(next);
    else pending.push(...group);
  }
  return expanded;
}

/** The pattern once for each choice of its first group of braces, or undefined when it has none. */
function firstGroup(pattern: string): readonly string[] | undefined {
  for (
    let start = nextUnescaped(pattern, '{', 0);
    start >= 0;
    start = nextUnescaped(pattern, '{', start + 1)
  ) {
    const group = groupAt(pattern, start);
    if (group && group.choices.length > 1)
      return group.choices.map((choice) => pattern.slice(0, start) + choice + pattern.slice(group.end + 1));
  }
  return undefined;
}

function nextUnescaped(pattern: string, character: string, from: number): number {
  for (let at = from; at < pattern.length; at++) {
    if (pattern[at] === '\\') at++;
    else if (pattern[at] === character) return at;
  }
  return -1;
}

function groupAt(pattern: string, start: number): { choices: string[]; end: number } | undefined {
  const choices: string[] = [];
  let depth = 0;
  let choiceStart = start + 1;
  for (let at = start; at < pattern.length; at++) {
    const character = pattern[at];
    if (character === '\\') at++;
    else if (character === '{') depth++;
    else if (character === ',' && depth === 1) {
      choices.push(pattern.slice(choiceStart, at));
      choiceStart = at + 1;
    } else if (character === '}' && --depth === 0)
      return { choices: [...choices, pattern.slice(choiceStart, at)], end: at };
  }
  return undefined;
}

function tokens(part: string): readonly Token[] {
  const characters = Array.from(part);
  const result: Token[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? '';
    const bracket = character === '[' ? characterClass(characters, at) : undefined;
    if (bracket) {
      result.push(bracket.token);
      at = bracket.end;
    } else if (character === '*') result.push({ type: 'star' });
    else if (character === '?') result.push({ type: 'any' });
    else if (character === '\\' && at + 1 < characters.length)
      result.push({ type: 'literal', character: characters[++at] ?? '' });
    else result.push({ type: 'literal', character });
  }
  return result;
}

/** [abc], [a-z], [!a], [^a]; a "]" in first place is itself. Undefined when it never closes. */
function characterClass(
  characters: readonly string[],
  start: number,
): { token: Token; end: number } | undefined {
  const isNegated = characters[start + 1] === '!' || characters[start + 1] === '^';
  const first = start + (isNegated ? 2 : 1);
  const end = characters.indexOf(']', first + 1);
  if (end < 0) return undefined;
  const ranges: [string, string][] = [];
  for (let at = first; at < end; at++) {
    const low = characters[at] ?? '';
    const isRange = characters[at + 1] === '-' && at + 2 < end;
    ranges.push([low, isRange ? (characters[at + 2] ?? '') : low]);
    if (isRange) at += 2;
  }
  return { token: { type: 'class', isNegated, ranges }, end };
}

interface Matching<Step, Item> {
  isStar(step: Step): boolean;
  matches(step: Step, item: Item): boolean;
}

const codePoint = (character: string): number => character.codePointAt(0) ?? 0;

const characterMatching: Matching<Token, string> = {
  isStar: (token) => token.type === 'star',
  matches(token, character) {
    if (token.type === 'literal') return token.character === character;
    if (token.type !== 'class') return true;
    const point = codePoint(character);
    const isIn = token.ranges.some(([low, high]) => codePoint(low) <= point && point <= codePoint(high));
    return isIn !== token.isNegated;
  },
};

const componentMatching: Matching<Segment, string> = {
  isStar: (segment) => segment === 'globstar',
  matches: (segment, component) =>
    segment !== 'globstar' && matchSequence(segment, Array.from(component), characterMatching),
};

/** Whether the steps match the items in full; a star stands for any number of items (G1). */
function matchSequence<Step, Item>(
  steps: readonly Step[],
  items: readonly Item[],
  matching: Matching<Step, Item>,
): boolean {
  let step = 0;
  let lastStar = -1;
  let resumeAt = 0;
  for (let item = 0; item < items.length;) {
    if (step < steps.length && matching.isStar(steps[step] as Step)) {
      lastStar = step++;
      resumeAt = item;
    } else if (step < steps.length && matching.matches(steps[step] as Step, items[item] as Item)) {
      step++;
      item++;
    } else if (lastStar >= 0) {
      step = lastStar + 1;
      item = ++resumeAt;
    } else return false;
  }
  return steps.slice(step).every((rest) => matching.isStar(rest));
}
