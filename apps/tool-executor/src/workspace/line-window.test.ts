import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type LineRange, LineWindow } from './line-window';

const everything: LineRange = { firstLine: 1, maxLines: 1e9, maxCharacters: 1e9, maxLineBytes: 1e9 };

function windowOf(text: string, chunkBytes: number, range: Partial<LineRange> = {}): LineWindow {
  const window = new LineWindow({ ...everything, ...range });
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunkBytes) window.push(bytes.subarray(at, at + chunkBytes));
  window.end();
  return window;
}

const linesOf = (text: string): string[] => {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
};

describe('LineWindow', () => {
  it('picks the same lines however the file is cut into chunks', () => {
    const text = fc
      .array(fc.constantFrom('a', 'é', '😀', '\n', '\r\n', ' '), { maxLength: 60 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(
        text,
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        (t, chunk, first, count) => {
          const window = windowOf(t, chunk, { firstLine: first, maxLines: count });
          expect(window.lines).toEqual(linesOf(t).slice(first - 1, first - 1 + count));
          expect(window.seenLines).toBe(linesOf(t).length);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('cuts long lines at whole characters', () => {
    for (const character of ['a', 'é', '€', '😀'])
      for (let maxLineBytes = 4; maxLineBytes < 12; maxLineBytes++) {
        const window = windowOf(`${character.repeat(20)}\nx`, 3, { maxLineBytes });
        const kept = Math.floor(maxLineBytes / Buffer.byteLength(character));
        expect(window.lines[0]?.startsWith(`${character.repeat(kept)} … (line cut: `)).toBe(true);
        expect(window).toMatchObject({ cutLines: 1, hasInvalidText: false });
        expect(window.lines[1]).toBe('x');
      }
  });

  it('closes when it holds enough, but always takes the first line', () => {
    expect(windowOf('aaaa\nbbbb\ncccc\n', 4, { maxCharacters: 10 }).lines).toEqual(['aaaa', 'bbbb']);
    expect(windowOf('aaaaaaaaaaaa\nb\n', 4, { maxCharacters: 10 }).lines).toEqual(['aaaaaaaaaaaa']);
    const closed = windowOf('aaaa\nbbbbbbbbb\nc\n', 4, { maxCharacters: 10 });
    expect(closed).toMatchObject({ lines: ['aaaa'], isClosed: true, seenLines: 3 });
  });

  it('tells text that is not valid UTF-8', () => {
    const window = new LineWindow(everything);
    window.push(Buffer.from([0x61, 0xff, 0x0a, 0x80, 0x80, 0x80, 0x80, 0x80]));
    window.end();
    expect(window.hasInvalidText).toBe(true);
  });
});
