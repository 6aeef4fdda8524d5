import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ToolResult, reconcileTool, runTool } from '../tool';
import { type ScratchWorkspace, canary, scratchWorkspace } from '../workspace/scratch-workspace';
import { applyPatchTool } from './apply-patch';

let scratch: ScratchWorkspace;
beforeEach(async () => {
  scratch = await scratchWorkspace();
});
afterEach(() => scratch.remove());

const context = () => ({
  workspace: scratch.workspace,
  signal: new AbortController().signal,
  idempotencyKey: 'k',
});
const patch = (lines: readonly string[], more: Record<string, unknown> = {}): Promise<ToolResult> =>
  runTool(applyPatchTool, { patch: `${lines.join('\n')}\n`, ...more }, context());
const textOf = (path: string): Promise<string> => readFile(join(scratch.root, path), 'utf8');
const numbered = (count: number): string =>
  Array.from({ length: count }, (_, n) => `line ${n + 1}\n`).join('');
const change = (path: string, ...hunk: string[]): string[] => [`--- a/${path}`, `+++ b/${path}`, ...hunk];

const changeTen = ['@@ -9,3 +9,3 @@', ' line 9', '-line 10', '+LINE 10', ' line 11'];

describe('apply_patch', () => {
  it('changes, creates, deletes and renames together', async () => {
    await scratch.write('src/a.ts', numbered(20));
    await scratch.write('old.txt', 'gone\n');
    await scratch.write('name.txt', 'same\n');
    await chmod(join(scratch.root, 'src/a.ts'), 0o755);
    const result = await patch([
      'From: somebody',
      '',
      'diff --git a/src/a.ts b/src/a.ts',
      'index 1..2 100755',
      ...change('src/a.ts', ...changeTen, '@@ -19,2 +19,3 @@ function', ' line 19', ' line 20', '+line 21'),
      'diff --git a/new/b.sh b/new/b.sh',
      'new file mode 100755',
      '--- /dev/null',
      '+++ b/new/b.sh',
      '@@ -0,0 +1,2 @@',
      '+one',
      '+two',
      '\\ No newline at end of file',
      'diff --git a/old.txt b/old.txt',
      'deleted file mode 100644',
      '--- a/old.txt',
      '+++ /dev/null',
      '@@ -1 +0,0 @@',
      '-gone',
      'diff --git a/name.txt b/other.txt',
      'similarity index 100%',
      'rename from name.txt',
      'rename to other.txt',
      '-- ',
      '2.39.5',
    ]);
    expect(result).toEqual({
      kind: 'ok',
      content: [
        'src/a.ts changed: 2 hunks, +2 −1',
        'new/b.sh created: 2 lines',
        'old.txt deleted',
        'name.txt renamed to other.txt',
      ].join('\n'),
    });
    expect(await textOf('src/a.ts')).toBe(`${numbered(20).replace('line 10', 'LINE 10')}line 21\n`);
    expect((await stat(join(scratch.root, 'src/a.ts'))).mode & 0o777).toBe(0o755);
    expect(await textOf('new/b.sh')).toBe('one\ntwo');
    expect((await stat(join(scratch.root, 'new/b.sh'))).mode & 0o777).toBe(0o755);
    expect(await readdir(scratch.root)).toEqual(['new', 'other.txt', 'src']);
  });

  it('changes nothing when anything does not fit, and names each hunk with what the file says', async () => {
    await scratch.write('a', numbered(20));
    await scratch.write('b', 'x\n');
    const result = await patch([
      ...change('a', ...changeTen, '@@ -15,2 +15,2 @@', ' line 15', '-line sixteen', '+y'),
      ...change('b', '@@ -1 +1 @@', '-x', '+y'),
      ...change('none', '@@ -1 +1 @@', '-x', '+y'),
      '--- /dev/null',
      '+++ b/fresh/deep/c',
      '@@ -0,0 +1 @@',
      '+c',
    ]);
    expect(result).toEqual({
      kind: 'error',
      type: 'no_match',
      message: [
        'nothing was changed:',
        '- a: hunk 2 of 2 (@@ -15,2 +15,2 @@) does not fit: it is nearest at line 15, where line 16 differs:',
        '  in the file:  line 16',
        '  in the patch: line sixteen',
        '- none does not exist',
      ].join('\n'),
    });
    expect(await textOf('a')).toBe(numbered(20));
    expect(await textOf('b')).toBe('x\n');
    expect(await readdir(scratch.root)).toEqual(['a', 'b']);
  });

  it('finds lines that moved, if they stand at one place only', async () => {
    await scratch.write('a', `new\nnew\n${numbered(20)}`);
    expect(await patch(change('a', ...changeTen))).toMatchObject({
      content: 'a changed: 1 hunk, +1 −1; hunk 1 of 1 (@@ -9,3 +9,3 @@) applied at line 11',
    });
    await scratch.write('b', `x\n${numbered(12)}${numbered(12)}`);
    expect(await patch(change('b', ...changeTen))).toMatchObject({
      type: 'no_match',
      message: expect.stringContaining('its lines stand at several: 10, 22. Correct the line number'),
    });
  });

  it('prefers the stated place among equals, and shifts it as the hunk before it', async () => {
    await scratch.write('a', 'a\nb\na\nb\na\nb\n');
    expect(await patch(change('a', '@@ -3,2 +3,2 @@', ' a', '-b', '+B'))).toMatchObject({ kind: 'ok' });
    expect(await textOf('a')).toBe('a\nb\na\nB\na\nb\n');
    await scratch.write('b', 'x\nu\na\na\n');
    const shifted = ['@@ -1,1 +1,2 @@', ' u', '+v', '@@ -2,1 +3,1 @@', '-a', '+A'];
    expect(await patch(change('b', ...shifted))).toMatchObject({ kind: 'ok' });
    expect(await textOf('b')).toBe('x\nu\nv\nA\na\n');
  });

  it('takes hunks without numbers, or with wrong counts, if their lines fit', async () => {
    await scratch.write('a', numbered(20));
    expect(await patch(change('a', '@@', ...changeTen.slice(1)))).toMatchObject({ kind: 'ok' });
    expect(await patch(change('a', '@@ -9,7 +9,9 @@', ' line 9', '-LINE 10', '+ten', ''))).toMatchObject({
      content: 'a changed: 1 hunk, +1 −1; 1 hunk had wrong line counts, which were corrected',
    });
    expect(await textOf('a')).toBe(numbered(20).replace('line 10', 'ten'));
  });

  it('lets context differ only as far as fuzz says', async () => {
    await scratch.write('a', numbered(20));
    const hunk = ['@@ -8,5 +8,5 @@', ' line 8', ' other', '-line 10', '+ten', ' line 11', ' line 12'];
    expect(await patch(change('a', ...hunk))).toMatchObject({ type: 'no_match' });
    expect(await patch(change('a', ...hunk), { fuzz: 1 })).toMatchObject({ type: 'no_match' });
    expect(await patch(change('a', ...hunk), { fuzz: 2 })).toMatchObject({
      content: expect.stringContaining('applied with fuzz 2'),
    });
    expect(await textOf('a')).toBe(numbered(20).replace('line 10', 'ten'));
  });

  it('inserts without context only where the patch says', async () => {
    await scratch.write('a', 'one\ntwo\n');
    expect(await patch(change('a', '@@ -1,0 +2 @@', '+middle'))).toMatchObject({ kind: 'ok' });
    expect(await textOf('a')).toBe('one\nmiddle\ntwo\n');
    expect(await patch(change('a', '@@ -9,0 +10 @@', '+x'))).toMatchObject({
      message: expect.stringContaining('the file has 3 lines'),
    });
  });

  it('keeps CRLF, and ends a last line that had no end when something follows it', async () => {
    await scratch.write('a', 'one\r\ntwo\r\nthree');
    expect(await patch(change('a', '@@ -2,2 +2,3 @@', '-two', '+TWO', ' three', '+four'))).toMatchObject({
      kind: 'ok',
    });
    expect(await textOf('a')).toBe('one\r\nTWO\r\nthree\r\nfour\r\n');
    const crlf = `${change('a', '@@ -1,2 +1,2 @@', '-one\r', '+ONE\r', ' TWO\r').join('\n')}\n`;
    expect(await runTool(applyPatchTool, { patch: crlf }, context())).toMatchObject({ kind: 'ok' });
    expect(await textOf('a')).toBe('ONE\r\nTWO\r\nthree\r\nfour\r\n');
  });

  it('deletes only what the patch quotes in full', async () => {
    await scratch.write('a', 'one\ntwo\n');
    await scratch.write('empty', '');
    expect(await patch(['--- a/a', '+++ /dev/null', '@@ -1 +0,0 @@', '-one'])).toMatchObject({
      type: 'no_match',
      message: expect.stringContaining('holds more than the lines that the patch removes'),
    });
    const header = ['diff --git a/empty b/empty', 'deleted file mode 100644', 'index e69de29..0000000'];
    expect(await patch(header)).toMatchObject({ content: 'empty deleted' });
    const bare = ['diff --git a/a b/a', 'deleted file mode 100644'];
    expect(await patch(bare)).toMatchObject({ type: 'no_match' });
    expect(await textOf('a')).toBe('one\ntwo\n');
  });

  it('refuses what it cannot do exactly', async () => {
    await scratch.write('a', 'x\n');
    for (const [lines, type, reason] of [
      [['diff --git a/a b/a', 'index 1..2', 'GIT binary patch', 'literal 3', 'Kxx'], 'binary', 'line 3'],
      [['diff --git a/a b/a', 'index 1..2', 'Binary files a/a and b/a differ'], 'binary', 'line 3'],
      [['Binary files a and b differ'], 'binary', 'line 1'],
      [['diff --git a/l b/l', 'new file mode 120000', '--- /dev/null', '+++ b/l'], 'bad_arguments', 'links'],
      [['diff --git a/s b/s', 'new file mode 160000'], 'bad_arguments', 'submodules'],
      [['diff --git a/a b/a', 'old mode 100644', 'new mode 100755'], 'bad_arguments', 'permissions'],
      [['diff --git a/a b/c', 'copy from a', 'copy to c'], 'bad_arguments', 'copy_file'],
      [['@@ -1 +1 @@', '-x', '+y'], 'bad_arguments', 'before it'],
      [['hello'], 'bad_arguments', 'git diff'],
      [['--- a/a', '+++ b/a', '@@ -1 +1 @@', ' x'], 'bad_arguments', 'adds and removes nothing'],
      [
        ['--- a/a', '+++ b/a', '@@ -1 +1 @@', '-x', '+y', ...change('a', '@@ -1 +1 @@', '-x', '+z')],
        'bad_arguments',
        'two sections',
      ],
      [['--- /dev/null', '+++ b/a', '@@ -0,0 +1 @@', '+y'], 'conflict', 'exists already'],
      [['--- a/a', '+++ b/b', '@@ -1 +1 @@', '-x', '+y'], 'bad_arguments', 'two paths differ'],
    ] as const) {
      const result = await patch(lines);
      expect(result).toMatchObject({ type, message: expect.stringContaining(reason) });
    }
    expect(await textOf('a')).toBe('x\n');
  });

  it('refuses paths that lead outside, each counted, and changes nothing inside', async () => {
    await scratch.write('a', 'x\n');
    await scratch.link('out', '../outside');
    await mkdir(join(scratch.root, 'b'));
    const good = change('a', '@@ -1 +1 @@', '-x', '+y');
    for (const path of ['../outside/canary.txt', 'out/canary.txt', 'b/../../outside/canary.txt'])
      for (const lines of [
        change(path, '@@ -1 +1 @@', `-${canary}`, '+owned'),
        ['--- /dev/null', `+++ b/${path}`, '@@ -0,0 +1 @@', '+owned'],
        [`diff --git a/a b/${path}`, 'rename from a', `rename to ${path}`],
      ])
        expect(
          (await patch([...good.slice(0, lines[0]?.includes(' a/a') ? 0 : undefined), ...lines])).kind,
        ).toBe('error');
    const absolute = ['--- /etc/passwd', '+++ /etc/passwd', '@@ -1 +1 @@', '-x', '+y'];
    expect(await patch(absolute)).toMatchObject({ type: 'outside_workspace' });
    const quoted = ['--- /dev/null', '+++ "b/\\056\\056/outside/x"', '@@ -0,0 +1 @@', '+owned'];
    expect(await patch(quoted)).toMatchObject({ type: 'outside_workspace' });
    expect(scratch.refusals.length).toBeGreaterThanOrEqual(9);
    expect(await textOf('a')).toBe('x\n');
    expect(await readFile(scratch.canaryFile, 'utf8')).toBe(canary);
    expect(await readdir(join(scratch.canaryFile, '..'))).toEqual(['canary.txt']);
  });

  it('knows afterwards whether it was done', async () => {
    await scratch.write('a', 'x\n');
    const args = { patch: `${change('a', '@@ -1 +1 @@', '-x', '+y').join('\n')}\n` };
    const asked = () => reconcileTool(applyPatchTool, args, context());
    expect(await asked()).toEqual({ kind: 'not_done' });
    await runTool(applyPatchTool, args, context());
    expect(await asked()).toEqual({ kind: 'done', content: 'a changed: 1 hunk, +1 −1' });
    await scratch.write('a', 'z\n');
    expect(await asked()).toEqual({ kind: 'unknown' });
  });

  it('does what git apply does', async () => {
    const git = (...args: string[]): string =>
      execFileSync('git', ['-c', 'core.quotePath=true', ...args], { cwd: scratch.root, encoding: 'utf8' });
    git('init', '-q');
    await scratch.write('ünï "q"\t.txt', numbered(40));
    await scratch.write('plain', numbered(9).slice(0, -1));
    await scratch.write('dir with space/f', numbered(30));
    git('add', '-A');
    git('-c', 'user.name=t', '-c', 'user.email=t@t', 'commit', '-q', '-m', 'before');
    await scratch.write(
      'ünï "q"\t.txt',
      numbered(40).replace('line 3\n', '').replace('line 33', 'a\n-- b\n++ c'),
    );
    await scratch.write('plain', `${numbered(9)}line 10\n`);
    await scratch.write('added', 'no end');
    await mkdir(join(scratch.root, 'moved'));
    await scratch.write('moved/f', numbered(30).replace('line 7', 'seven'));
    execFileSync('rm', [join(scratch.root, 'dir with space/f')]);
    git('add', '-A');
    const diff = git('diff', '--cached', '-M');
    const changed = ['ünï "q"\t.txt', 'plain', 'added', 'moved/f'];
    const wanted = await Promise.all(changed.map(textOf));
    git('reset', '-q', '--hard');
    expect(diff).toContain('rename to moved/f');
    expect(await runTool(applyPatchTool, { patch: diff }, context())).toMatchObject({ kind: 'ok' });
    expect(await Promise.all(changed.map(textOf))).toEqual(wanted);
    expect(await readdir(join(scratch.root, 'dir with space'))).toEqual([]);
  });
});
