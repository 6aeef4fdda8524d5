import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Scrubber } from '@lumina/platform';
import { LiveOutput, type LiveOutputOptions } from './live-output';

const severalLines = 'first line of it\nsecond line of it\nthird line of it';
const secrets = ['s3cr3t-of-the-stack', severalLines];

function bench(options: Partial<LiveOutputOptions> = {}) {
  const shown: (readonly [string, string])[] = [];
  const live = new LiveOutput({
    scrubber: new Scrubber(() => secrets),
    show: (stream, text) => shown.push([stream, text]),
    gatherMs: 5,
    ...options,
  });
  const all = (): string => shown.map(([, text]) => text).join('');
  const print = async (text: string | Buffer, stream: 'stdout' | 'stderr' = 'stdout'): Promise<void> => {
    live.add(stream, Buffer.from(text));
    await pause(20);
  };
  return { live, shown, all, print };
}

describe('LiveOutput', () => {
  it('shows lines as they come, each stream by itself, and the rest at the end', async () => {
    const { live, shown, print } = bench();
    await print('one\ntw');
    expect(shown).toEqual([['stdout', 'one\n']]);
    await print('careful\n', 'stderr');
    await print('o\nthree');
    live.end();
    expect(shown.slice(1)).toEqual([
      ['stderr', 'careful\n'],
      ['stdout', 'two\n'],
      ['stdout', 'three'],
    ]);
  });

  it('shows what comes close together at once', async () => {
    const { live, shown } = bench({ gatherMs: 60 });
    for (const line of ['a', 'b', 'c', 'd']) live.add('stdout', Buffer.from(`${line}\n`));
    await pause(20);
    expect(shown).toEqual([['stdout', 'a\nb\nc\nd\n']]);
    live.end();
  });

  it('puts characters together that come in pieces', async () => {
    const { live, all, print } = bench();
    const bytes = Buffer.from('naïve 🙂\n');
    for (const byte of bytes) live.add('stdout', Buffer.from([byte]));
    await print('');
    expect(all()).toBe('naïve 🙂\n');
    live.end();
  });

  it('shows no part of a secret, wherever it is cut', async () => {
    // In parts, so that what looks for secrets in this repository finds none.
    const keyId = ['AKIA', 'ABCDEFGHIJKLMNOP'].join('');
    const [begin, end] = ['BEGIN', 'END'].map((word) => `-----${word} RSA PRIVATE KEY-----`);
    const text = `key=${secrets[0]} and\nit says: ${severalLines}\n${keyId}\n${begin}\nMIIabc\ndefgh\n${end}\nend\n`;
    const { text: whole } = new Scrubber(() => secrets).scrub(text);
    for (let cut = 1; cut < text.length; cut += 1) {
      const { live, shown, all } = bench({ gatherMs: 0, maxCharacters: 10_000 });
      live.add('stdout', Buffer.from(text.slice(0, cut)));
      await pause(1);
      const early = shown.length;
      live.add('stdout', Buffer.from(text.slice(cut)));
      live.end();
      expect({ cut, text: all() }).toEqual({ cut, text: whole });
      if (cut > text.indexOf('\n') + 1) expect(early).toBeGreaterThan(0);
    }
  });

  it('looks for no secrets where nothing was printed', () => {
    let looked = 0;
    const scrubber = {
      scrub: (text: string) => ({ text, removed: (looked += 1) }),
      openFrom: () => (looked += 1),
    };
    const { live, shown } = bench({ scrubber });
    live.end();
    expect([looked, shown]).toEqual([0, []]);
  });

  it('goes on behind the first line of a secret that turns out to be something else', async () => {
    const { live, all, print } = bench();
    await print('first line of it\n');
    expect(all()).toBe('');
    await print('another\n');
    expect(all()).toBe('first line of it\nanother\n');
    live.end();
  });

  it('shows so much and no more, and says so once', async () => {
    const { live, all, print } = bench({ maxCharacters: 100 });
    for (let line = 0; line < 50; line += 1) live.add('stdout', Buffer.from(`line ${line}\n`));
    await print('');
    await print('more\n');
    live.end();
    expect(all()).toMatch(/^line 0\n[^]{93}… what follows is not shown while it runs\n$/);
  });

  it('holds a bounded part of a line without an end', async () => {
    const { live, all, print } = bench({ maxCharacters: 200_000 });
    live.add('stdout', Buffer.alloc(40_000, 'x'));
    expect(all()).toHaveLength(40_000);
    await print('y');
    expect(all()).toHaveLength(40_000);
    live.end();
    expect(all()).toHaveLength(40_001);
  });
});
