import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ToolResult, reconcileTool, runTool } from '../tool';
import { type ScratchWorkspace, scratchWorkspace } from '../workspace/scratch-workspace';
import { multiReplaceInFileTool } from './multi-replace-in-file';

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
const replace = (...replacements: Record<string, unknown>[]): Promise<ToolResult> =>
  runTool(multiReplaceInFileTool, { path: 'f', replacements }, context());
const text = (): Promise<string> => readFile(join(scratch.root, 'f'), 'utf8');

describe('multi_replace_in_file', () => {
  it('makes all replacements in the file as it was', async () => {
    await scratch.write('f', 'one two\nthree\n');
    expect(await replace({ find: 'one', replace: 'two' }, { find: 'two\nthree', replace: '$& one' })).toEqual(
      { kind: 'ok', content: 'f changed in 2 places: 11 B, was 14 B' },
    );
    expect(await text()).toBe('two $& one\n');
    expect(await readdir(scratch.root)).toEqual(['f']);
  });

  it('changes nothing unless every one occurs exactly once, and says where it occurs', async () => {
    await scratch.write('f', 'a\nb\na\nb a\n');
    expect(
      await replace({ find: 'a', replace: 'x' }, { find: 'b\na', replace: 'y' }, { find: 'no', replace: '' }),
    ).toEqual({
      kind: 'error',
      type: 'no_match',
      message:
        'nothing was changed:\n' +
        '- replacement 1: "find" occurs 3 times, not 1: at line 1, 3, 4; add lines around it until it is unique, or set occurrences\n' +
        '- replacement 3: "find" does not occur in the file; nothing in the file is like it: read the file again',
    });
    expect(await text()).toBe('a\nb\na\nb a\n');
  });

  it('replaces as many as it is told there are', async () => {
    await scratch.write('f', 'aXaXa');
    expect(await replace({ find: 'a', replace: '', occurrences: 3 })).toMatchObject({ kind: 'ok' });
    expect(await text()).toBe('XX');
  });

  it('says what comes nearest', async () => {
    await scratch.write('f', 'function a() {\n\treturn 1;\n}\n\nfunction b() {\n\treturn 2;\n}\n');
    expect(await replace({ find: 'function b() {\n  return 2;\n}', replace: '' })).toMatchObject({
      message: expect.stringContaining('only white space differs at line 5:\n5: function b() {'),
    });
    expect(await replace({ find: 'function b() {\n\treturn 3;\n}', replace: '' })).toMatchObject({
      message: expect.stringMatching(
        /nearest at line 5, where line 6 differs:\n {2}in the file: \treturn 2;\n {2}in "find": {3}\treturn 3;/,
      ),
    });
  });

  it('refuses replacements that overlap, or change nothing', async () => {
    await scratch.write('f', 'abcd\n');
    expect(await replace({ find: 'abc', replace: '' }, { find: 'cd', replace: '' })).toMatchObject({
      type: 'no_match',
      message: 'nothing was changed:\n- replacements 1 and 2 overlap at line 1: join them',
    });
    expect(await replace({ find: 'ab', replace: 'ab' })).toMatchObject({ type: 'bad_arguments' });
  });

  it('keeps CRLF, a byte order mark and a mixture of line ends', async () => {
    await scratch.write('f', '\ufeffa\r\nb\r\nc');
    expect(await replace({ find: 'a\nb', replace: 'x\ny\nz' })).toMatchObject({ kind: 'ok' });
    expect(await text()).toBe('\ufeffx\r\ny\r\nz\r\nc');
    await scratch.write('f', 'a\r\nb\nc');
    expect(await replace({ find: 'a\r\nb', replace: 'x' })).toMatchObject({ kind: 'ok' });
    expect(await text()).toBe('x\nc');
  });

  it('refuses what is not text, not there, or too large', async () => {
    await scratch.write('f', Uint8Array.of(0x61, 0xff));
    expect(await replace({ find: 'a', replace: 'b' })).toMatchObject({ type: 'binary' });
    await scratch.write('f', 'a\0');
    expect(await replace({ find: 'a', replace: 'b' })).toMatchObject({ type: 'binary' });
    await scratch.write('f', 'a'.repeat(4 * 1024 * 1024 + 1));
    expect(await replace({ find: 'a', replace: 'b' })).toMatchObject({ type: 'limit' });
    const missing = { path: 'none', replacements: [{ find: 'a', replace: 'b' }] };
    expect(await runTool(multiReplaceInFileTool, missing, context())).toMatchObject({ type: 'not_found' });
  });

  it('loses no change when two calls change one file at once', async () => {
    await scratch.write('f', Array.from({ length: 20 }, (_, n) => `<${n}>`).join('\n'));
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, n) => replace({ find: `<${n}>`, replace: `done ${n}` })),
    );
    expect(results.every(({ kind }) => kind === 'ok')).toBe(true);
    expect(await text()).toBe(Array.from({ length: 20 }, (_, n) => `done ${n}`).join('\n'));
  });

  it('knows afterwards whether it was done', async () => {
    await scratch.write('f', 'a');
    const args = { path: 'f', replacements: [{ find: 'a', replace: 'b' }] };
    expect(await reconcileTool(multiReplaceInFileTool, args, context())).toEqual({ kind: 'not_done' });
    await replace({ find: 'a', replace: 'b' });
    expect(await reconcileTool(multiReplaceInFileTool, args, context())).toEqual({
      kind: 'done',
      content: 'f changed in 1 place: 1 B, was 1 B',
    });
    await scratch.write('f', 'a');
    expect(await reconcileTool(multiReplaceInFileTool, args, context())).toEqual({ kind: 'not_done' });
    await scratch.write('f', 'c');
    expect(await reconcileTool(multiReplaceInFileTool, args, context())).toEqual({ kind: 'unknown' });
  });
});
