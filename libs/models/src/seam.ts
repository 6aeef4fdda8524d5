import type { ModelRequest } from './model-client';

/**
 * Where one model's words end and another's begin: a stream broke off after some of it was shown, and the answer goes on.
 * A model cannot be asked to go on in the middle of a word, and many would leave out the space that belongs there. So it
 * is asked to begin with the last words already said, the anchor; those are taken away again. Invariants:
 *
 * S1 What was said, followed by what the seam lets through, is one text without repeated words: the anchor is taken away, and
 *    so is all that was said where a model begins anew.
 * S2 Nothing is let through before it is known how the two meet; that takes no more than an anchor and a few characters, or
 *    as long as the new text repeats the old one.
 * S3 Where they do not meet at all, the new words follow the old ones as they are.
 */
const anchorWords = 5;
const longestAnchor = 60;
const anchorWithoutSpaces = 16;
/** What some put before an anchor: quotation marks, dots. */
const opening = /^[\s"'“„«‘`…]*(?:\.\.\.)?\s*/;
const longestOpening = 8;
const longestOverlap = 400;

/** The last words of a text, from the start of a word on. */
export function anchorOf(said: string): string {
  const tail = said.slice(-longestAnchor);
  const starts = [...tail.matchAll(/\S+/g)].map(({ index }) => index);
  // The first may be the rest of a word.
  const whole = tail.length < said.length ? starts.slice(1) : starts;
  const start = whole.at(-anchorWords) ?? whole[0];
  if (start !== undefined) return tail.slice(start);
  const characters = Array.from(said.slice(-2 * anchorWithoutSpaces));
  return characters.slice(-anchorWithoutSpaces).join('');
}

/** The same question, to a model that is to go on from what was said. */
export function continued(request: ModelRequest, said: string): ModelRequest {
  const anchor = anchorOf(said).trimEnd();
  const instruction = [
    'Your last message was cut off by a technical fault; the reader has seen all of it up to there.',
    `Go on where it stops. Begin with its last words, exactly as they stand between the arrows: →${anchor}←`,
    'Then write what follows them, to the end. Repeat nothing else, and do not mention the fault.',
    'If the message was complete, or only tool calls are missing, write no words.',
  ].join(' ');
  return {
    ...request,
    messages: [
      ...request.messages,
      { role: 'assistant', id: 'said', content: said, toolCalls: [] },
      { role: 'user', id: 'seam', content: instruction },
    ],
  };
}

const isSpace = (character: string | undefined): boolean => character !== undefined && /\s/.test(character);

/** How far `text` repeats `pattern`, white space being alike: its end in `text`; -1: it does not; undefined: not known yet. */
function repeats(text: string, pattern: string): number | undefined {
  let at = 0;
  for (let n = 0; n < pattern.length; n += 1) {
    if (at >= text.length) return undefined;
    if (isSpace(pattern[n])) {
      if (!isSpace(text[at])) return -1;
      while (isSpace(pattern[n + 1])) n += 1;
      while (isSpace(text[at])) at += 1;
    } else if (pattern[n] === text[at]) at += 1;
    else return -1;
  }
  return at;
}

/**
 * Takes away the white space that ends what was said and stands again before what follows; undefined: that may still come.
 */
function joined(said: string, rest: string, isLast: boolean): string | undefined {
  const space = /\s*$/.exec(said)?.[0] ?? '';
  if (space === '') return rest;
  if (!isLast && rest.trim() === '') return undefined;
  return rest.startsWith(space) ? rest.slice(space.length) : rest.trimStart();
}

const isWordStart = (text: string, at: number): boolean => at === 0 || isSpace(text[at - 1]);

/** One word of three letters, or part of one that goes on; less is chance. */
function isOverlap(repeated: string, next: string | undefined): boolean {
  const letters = repeated.replaceAll(/[^\p{L}\p{N}]/gu, '').length;
  return letters >= 3 || (letters === 2 && next !== undefined && /\p{L}/u.test(next));
}

/** What a text says beyond its repetition of the end of what was said; undefined: it may repeat more. */
function afterOverlap(said: string, text: string, isLast: boolean): string | undefined {
  for (let at = Math.max(0, said.length - longestOverlap); at < said.length; at += 1) {
    if (!isWordStart(said, at)) continue;
    const repeated = said.slice(at).trimEnd();
    if (repeated === '') break;
    if (repeated.length > text.length && repeated.startsWith(text)) {
      if (!isLast) return undefined;
      if (isOverlap(text, undefined)) return '';
    }
    if (text.startsWith(repeated) && isOverlap(repeated, text[repeated.length]))
      return joined(said, text.slice(repeated.length), isLast);
  }
  return text;
}

export class Seam {
  #held = '';
  #isClosed = false;
  readonly #patterns: readonly string[];

  /** @param onText hears what follows what was said */
  constructor(
    private readonly said: string,
    private readonly onText: (text: string) => void,
  ) {
    const anchor = anchorOf(said).trimEnd();
    const whole = said.trimEnd();
    // In a text that is hardly longer than its anchor, or repeats itself, beginning anew cannot be told from going on.
    this.#patterns = whole.length > 2 * anchor.length ? [whole, anchor] : [anchor];
  }

  take(text: string): void {
    if (this.#isClosed) {
      this.onText(text);
      return;
    }
    this.#held += text;
    const rest = this.#meet(false);
    if (rest !== undefined) this.#close(rest);
  }

  /** Nothing more comes. */
  end(): void {
    if (!this.#isClosed) this.#close(this.#meet(true) ?? '');
  }

  #close(rest: string): void {
    this.#isClosed = true;
    this.#held = '';
    if (rest !== '') this.onText(rest);
  }

  /** What follows what was said; undefined: not known yet. */
  #meet(isLast: boolean): string | undefined {
    const held = this.#held;
    const skipped = opening.exec(held)?.[0].length ?? 0;
    for (let start = 0; start <= skipped; start += 1) {
      const text = held.slice(start);
      for (const pattern of this.#patterns) {
        const end = repeats(text, pattern);
        if (end === undefined) return isLast ? '' : undefined;
        if (end >= 0) return joined(this.said, text.slice(end), isLast);
      }
    }
    if (!isLast && held.length <= longestOpening) return undefined;
    return afterOverlap(this.said, held, isLast);
  }
}
