import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Seam, anchorOf, continued } from './seam';
import { question } from './testing/harness';

const text =
  'The quick brown fox jumps over the lazy dog. It rained in Zürich: 21 °C at noon, 12 at night.\n\n- one\n- two\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\n```ts\nconst x = 1;\n```\nThe fox said “no”, and 天気 is fine. The End.';

/** What the reader has in the end, when a model writes this in pieces of so many characters. */
function read(said: string, written: string, size = 3): string {
  let shown = said;
  const seam = new Seam(said, (more) => {
    shown += more;
  });
  for (let at = 0; at < written.length; at += size) seam.take(written.slice(at, at + size));
  seam.end();
  return shown;
}

const cuts = Array.from({ length: text.length - 1 }, (_, n) => n + 1);
const restOf = (k: number): string => text.slice(k);
const obedient = (k: number): string =>
  anchorOf(text.slice(0, k)).trimEnd() + text.slice(text.slice(0, k).trimEnd().length);

describe('an answer that goes on after a cut at any character', () => {
  it('where the model begins with the anchor, as it was asked to', () => {
    for (const k of cuts) expect(read(text.slice(0, k), obedient(k))).toBe(text);
  });

  it('where it puts the anchor in quotation marks or after dots', () => {
    for (const k of cuts) {
      expect(read(text.slice(0, k), `“${obedient(k)}`)).toBe(text);
      expect(read(text.slice(0, k), `... ${obedient(k)}`)).toBe(text);
    }
  });

  it('where it begins anew', () => {
    for (const k of cuts) expect(read(text.slice(0, k), text)).toBe(text);
  });

  it('where it goes on at once, as a server does that prefills', () => {
    const wrong = cuts.filter((k) => read(text.slice(0, k), restOf(k)) !== text);
    expect(wrong).toEqual([]);
  });

  it('whatever the pieces it comes in', () => {
    for (const size of [1, 2, 7, 50, 1_000]) {
      for (const k of [1, 5, 40, 94, 120, 180]) expect(read(text.slice(0, k), obedient(k), size)).toBe(text);
    }
  });

  it('of words that nobody chose', () => {
    const words = fc.array(fc.constantFrom('ha', 'the', 'cat', '1', 'a', 'Zürich,', '\n', '—', 'sat.'), {
      minLength: 2,
      maxLength: 60,
    });
    fc.assert(
      fc.property(words, fc.nat(), fc.integer({ min: 1, max: 9 }), (list, place, size) => {
        const whole = `${list.join(' ')}.`;
        const said = whole.slice(0, 1 + (place % (whole.length - 1)));
        fc.pre(said.trim() !== '');
        const written = anchorOf(said).trimEnd() + whole.slice(said.trimEnd().length);
        expect(read(said, written, size)).toBe(whole);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a model that does as it likes', () => {
  it.each([
    ['repeats the last word', 'The quick brown', 'brown fox.', 'The quick brown fox.'],
    ['repeats the last two', 'It was the quick brown', 'quick brown fox.', 'It was the quick brown fox.'],
    ['finishes the word that was cut', 'The quick bro', 'brown fox.', 'The quick brown fox.'],
    [
      'repeats a long word alone',
      'It is quite characteristically',
      'characteristically so.',
      'It is quite characteristically so.',
    ],
    ['goes on with a digit that stood there', 'In all 1', '1 apples', 'In all 11 apples'],
    ['has nothing more to say', 'That is all.', '', 'That is all.'],
    ['only repeats', 'That is all.', 'That is all.', 'That is all.'],
    ['repeats and breaks off', 'One two three four five six', 'three four', 'One two three four five six'],
    ['leaves out the space', 'The cat ', 'The cat sat.', 'The cat sat.'],
    ['changes the white space', 'one\n\ntwo ', 'one two three', 'one\n\ntwo three'],
    ['writes something else', 'The cat', ' and the dog', 'The cat and the dog'],
  ])('%s', (_, said, written, whole) => {
    expect(read(said, written, 2)).toBe(whole);
  });
});

describe('the question', () => {
  it('shows what was said, and asks to begin with the last words of it', () => {
    const { messages } = continued(question, 'One two three four five six seven');
    expect(messages.slice(-2)).toMatchObject([
      { role: 'assistant', content: 'One two three four five six seven' },
      { role: 'user', content: expect.stringContaining('→three four five six seven←') },
    ]);
  });

  it.each([
    ['short', 'short'],
    ['one two three four five six ', 'two three four five six '],
    ['x'.repeat(100), 'x'.repeat(16)],
    ['天'.repeat(100), '天'.repeat(16)],
    [`a ${'b'.repeat(70)}`, 'b'.repeat(16)],
  ])('anchor of %j', (said, anchor) => {
    expect(anchorOf(said)).toBe(anchor);
  });
});
