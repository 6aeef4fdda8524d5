import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TimeSlice } from '../workspace/time-slice';
import { patchedText } from './patched-text';
import { type Replacement, replaceAll } from './replacements';
import { charactersOf, startsOf } from './sequence-search';
import { parseDiff } from './unified-diff';

const slice = (): TimeSlice => new TimeSlice(new AbortController().signal);

const timed = async (work: () => unknown): Promise<number> => {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
};

/** Applies a diff over one file; `refused` when it does not fit. */
function patched(text: string, diff: string): string {
  const parsed = parseDiff(diff);
  if (parsed.kind === 'error') return `refused: ${parsed.message}`;
  const result = patchedText(text, parsed.files[0]?.hunks ?? [], 0);
  return result.kind === 'ok' ? result.text : `refused: ${result.problems.join()}`;
}

describe('a patch', () => {
  it('gives what its author had, for any two texts', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lumina-diff-'));
    const line = fc.constantFrom(
      '',
      'a',
      'b',
      ' a',
      '-- a',
      '++ b',
      '@@ -1 +1 @@',
      '\\ No newline',
      'diff --git a/x b/x',
      '\tz\r',
    );
    const text = fc
      .tuple(fc.array(line, { maxLength: 30 }), fc.boolean())
      .map(([lines, hasEnd]) => lines.join('\n') + (hasEnd && lines.length > 0 ? '\n' : ''));
    fc.assert(
      fc.property(text, text, fc.integer({ min: 0, max: 4 }), (before, after, context) => {
        fc.pre(before !== after && before !== '' && after !== '');
        writeFileSync(join(folder, 'x'), before);
        writeFileSync(join(folder, 'y'), after);
        let diff = '';
        try {
          execFileSync('git', ['diff', '--no-index', `-U${context}`, 'x', 'y'], {
            cwd: folder,
            encoding: 'utf8',
          });
        } catch (error) {
          diff = (error as { stdout: string }).stdout;
        }
        expect(patched(before, diff.replace('+++ b/y', '+++ b/x'))).toBe(after);
      }),
      { numRuns: 150 },
    );
    rmSync(folder, { recursive: true });
  }, 60_000);

  it('never throws and never hangs, whatever it says', () => {
    const piece = fc.constantFrom(
      ...[
        '--- a/x\n',
        '+++ b/x\n',
        '@@ -1,2 +1,2 @@\n',
        '@@ -0,0 +1 @@\n',
        '@@ -9999999999,1 +1 @@\n',
        '@@\n',
      ],
      ...[
        ' a\n',
        '-a\n',
        '+b\n',
        '\\ No newline at end of file\n',
        '\n',
        'diff --git a/x b/x\n',
        'rename from x\n',
      ],
      ...[
        'rename to y\n',
        '--- "a/\\777\n',
        '+++ /dev/null\n',
        'index 1..2\n',
        'new file mode 100644\n',
        '\r\n',
        'x',
      ],
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 25 }).map((all) => all.join('')),
        (diff) => {
          expect(typeof patched('a\nb\na\n', diff)).toBe('string');
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('takes time by its length, however alike its lines are', async () => {
    const file = 'a\n'.repeat(500_000);
    const hunk = (lines: string): string => `--- a/x\n+++ b/x\n@@ -7,1 +7,1 @@\n${lines}`;
    expect(await timed(() => patched(file, hunk(`${' a\n'.repeat(100_000)}-b\n+c\n`)))).toBeLessThan(3_000);
    expect(await timed(() => patched(file, hunk('-a\n+b\n'.repeat(100_000))))).toBeLessThan(3_000);
    expect(await timed(() => patched(file, '@@ '.repeat(300_000)))).toBeLessThan(3_000);
    expect(await timed(() => patched(file, `diff --git "${'\\'.repeat(900_000)} b`))).toBeLessThan(3_000);
    const many = Array.from({ length: 3_000 }, (_, n) => `@@ -${n + 1} +1 @@\n-b\n+c\n`).join('');
    expect(await timed(() => patched('a\n'.repeat(3_000), hunk(many)))).toBeLessThan(3_000);
  });
});

describe('replacements', () => {
  it('take time by their length, however alike the text is', async () => {
    const text = 'a'.repeat(4_000_000);
    const one = (find: string, occurrences = 1): Replacement => ({ find, replace: 'x', occurrences });
    for (const find of [`${'a'.repeat(1_000_000)}b`, `b${'a'.repeat(1_000_000)}`, 'aaaaaaab', 'a'])
      expect(await timed(() => replaceAll(text, [one(find)], slice()).catch(() => 0))).toBeLessThan(3_000);
    const overlapping = Array.from({ length: 15 }, () => one('a'.repeat(400), 10_000));
    const wide = timed(() => replaceAll(text, overlapping, slice()).catch(() => 0));
    expect(await wide).toBeLessThan(8_000);
  }, 60_000);

  it('find what a plain search finds', () => {
    const text = fc.array(fc.constantFrom('a', 'b'), { maxLength: 60 }).map((all) => all.join(''));
    const find = fc
      .array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 6 })
      .map((all) => all.join(''));
    fc.assert(
      fc.property(text, find, (whole, wanted) => {
        const plain: number[] = [];
        for (let at = whole.indexOf(wanted); at >= 0; at = whole.indexOf(wanted, at + 1)) plain.push(at);
        const [seek, within] = [charactersOf(wanted), charactersOf(whole)];
        expect([...startsOf(seek, within, { from: 0, isApart: false })]).toEqual(plain);
        const apart = [...startsOf(seek, within, { from: 0, isApart: true })];
        expect(apart.length).toBe(whole.split(wanted).length - 1);
      }),
    );
  });
});
