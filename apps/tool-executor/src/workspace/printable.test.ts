import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  cutText,
  formatBytes,
  plural,
  printableBytes,
  printableLine,
  printableName,
  withRemarks,
} from './printable';

describe('printableName', () => {
  it('leaves ordinary names alone', () => {
    for (const name of ['a.ts', 'with space', 'ünï', '日本', 'a\\b', "it's", 'a"b', '-x', 'c:d', 'a-1'])
      expect(printableName(name)).toBe(name);
  });

  it('quotes what could pass for something else', () => {
    for (const name of [
      'a\nb',
      '"a"',
      '… cut',
      ' a',
      'a ',
      'a  5 B',
      'a -> (link)',
      'a:1: x',
      'a-1-b',
      'x\u202etxt',
      'z\u200bz',
      '\u001b[2J',
    ])
      expect(printableName(name)).toMatch(/^".*"$/);
  });

  it('is one safe line, and JSON gives the name back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (name) => {
        const shown = printableName(name);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
        expect(shown.startsWith('"') ? JSON.parse(shown) : shown).toBe(name);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('showing', () => {
  it('bytes that are no text', () => {
    expect(printableBytes(Uint8Array.of(0x61, 0xff, 0x0a, 0x22, 0x5c))).toBe(
      '"a\\xff\\x0a\\x22\\x5c" (name is not valid UTF-8)',
    );
  });

  it('lines, tabs kept', () => {
    expect(printableLine('a\tb\rc\u0007\u2029\u202ed')).toBe('a\tb\\u000dc\\u0007\\u2029\\u202ed');
  });

  it('cuts, counts, sizes and remarks', () => {
    expect(cutText('a😀b', 2)).toBe('a');
    expect(cutText('a😀b', 3)).toBe('a😀');
    expect(plural(1, 'file')).toBe('1 file');
    expect(plural(1200, 'entry', 'entries')).toBe('1,200 entries');
    expect([0, 1023, 1024, 1024 ** 2 * 1.5, 1024 ** 5].map(formatBytes)).toEqual([
      '0 B',
      '1023 B',
      '1.0 KiB',
      '1.5 MiB',
      '1024.0 TiB',
    ]);
    expect(withRemarks(['a'], [])).toBe('a');
    expect(withRemarks(['a'], ['b', 'c'])).toBe('a\n… b; c');
  });
});
