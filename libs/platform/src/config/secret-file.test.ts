import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readSecretFile, secretFromFile } from './secret-file';

let folder: string;
let nowMs: number;
const clock = (): number => nowMs;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'secret-'));
  nowMs = 0;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('readSecretFile', () => {
  it('sees a changed file, but looks at most once a second', () => {
    const path = join(folder, 'key');
    writeFileSync(path, 'one');
    const read = readSecretFile(path, clock);
    writeFileSync(path, 'second');
    nowMs = 999;
    expect(read()).toBe('one');
    nowMs = 1_000;
    expect(read()).toBe('second');
  });

  it('follows a symlink that is swapped, as Kubernetes does', () => {
    const link = join(folder, 'link');
    writeFileSync(join(folder, 'a'), 'old-key');
    writeFileSync(join(folder, 'b'), 'new-key');
    symlinkSync('a', link);
    const read = readSecretFile(link, clock);
    symlinkSync('b', join(folder, 'next'));
    renameSync(join(folder, 'next'), link);
    nowMs = 2_000;
    expect(read()).toBe('new-key');
  });

  it('keeps the last good content while the file is gone or empty, and recovers', () => {
    const path = join(folder, 'key');
    writeFileSync(path, 'one');
    const read = readSecretFile(path, clock);
    rmSync(path);
    nowMs = 1_000;
    expect(read()).toBe('one');
    writeFileSync(path, '');
    nowMs = 2_000;
    expect(read()).toBe('one');
    writeFileSync(path, 'three');
    nowMs = 3_000;
    expect(read()).toBe('three');
  });

  it('uses a clock of its own and fails at once on a file that is not there', () => {
    const path = join(folder, 'key');
    expect(() => readSecretFile(path)).toThrow(`${path} (ENOENT)`);
    writeFileSync(path, 'one');
    expect(readSecretFile(path)()).toBe('one');
  });
});

describe('secretFromFile', () => {
  it('keeps the last value that could be parsed', () => {
    const path = join(folder, 'number');
    writeFileSync(path, '1');
    const parse = (text: string) =>
      /^\d+$/.test(text)
        ? { isValid: true as const, value: Number(text) }
        : { isValid: false as const, expected: 'digits' };
    const reading = secretFromFile(path, parse, clock);
    if (!reading.isValid) throw new Error(reading.expected);
    writeFileSync(path, 'not a number');
    nowMs = 1_000;
    expect(reading.value()).toBe(1);
    writeFileSync(path, '22');
    nowMs = 2_000;
    expect(reading.value()).toBe(22);
  });
});
