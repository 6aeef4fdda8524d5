import { AnswerDraft } from './answer-draft';
import type { Dialect } from './dialect';
import { parseObject } from './json-value';

/** What would end a string of JSON, or may not stand in one as it is. */
const unplain = /["\\]|[^ -\uffff]/;
const mostTries = 2;

/**
 * Most documents of a streamed answer are the one before with another word in it. Once such a document has been read, the next ones are taken
 * for what they are by what stands around the word, without being read again. Invariants:
 *
 * F1 A document is passed by only if it is, character for character, a known one whose word alone is another, and the new word cannot end
 *    the string that it stands in.
 * F2 That a document says its word and nothing else is found out by reading it with yet another word: nothing is guessed from its looks.
 * F3 Where documents do not repeat each other, finding that out costs a few of them a second reading, and no more than that.
 */
export class WordFrame {
  #before = '';
  #after = '';
  #isKnown = false;
  #triesLeft = mostTries;

  constructor(private readonly dialect: Pick<Dialect, 'read'>) {}

  /** The word of a document that is otherwise the known one; undefined: it has to be read. */
  wordIn(data: string): string | undefined {
    if (!this.#isKnown) return undefined;
    const start = this.#before.length;
    const end = data.length - this.#after.length;
    // Equality looks at many characters at a time, `startsWith` at one: three times as dear.
    if (end < start || data.slice(0, start) !== this.#before || data.slice(end) !== this.#after)
      return undefined;
    const word = data.slice(start, end);
    return unplain.test(word) ? undefined : word;
  }

  /** @param word what this document, which was read, has said */
  learn(data: string, word: string): void {
    if (this.#triesLeft === 0 || word === '' || unplain.test(word)) return;
    this.#triesLeft -= 1;
    const at = data.lastIndexOf(`"${word}"`);
    if (at < 0) return;
    const before = data.slice(0, at + 1);
    const after = data.slice(at + 1 + word.length);
    const other = `${word}.`;
    if (!this.#saysOnly(other, before + other + after)) return;
    this.#before = before;
    this.#after = after;
    this.#isKnown = true;
  }

  /** F2 */
  #saysOnly(word: string, data: string): boolean {
    const document = parseObject(data);
    if (document === undefined || document['error'] !== undefined) return false;
    const words: string[] = [];
    const draft = new AnswerDraft((text) => words.push(text));
    const isKnown = this.dialect.read(document, draft);
    return isKnown && draft.isOnlyWords && words.length === 1 && words[0] === word;
  }
}
