import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ToolResult, runTool } from '../tool';
import { type ScratchWorkspace, scratchWorkspace } from '../workspace/scratch-workspace';
import { readFileTool } from './read-file';

let scratch: ScratchWorkspace;
beforeEach(async () => {
  scratch = await scratchWorkspace();
});
afterEach(() => scratch.remove());

const read = (args: Record<string, unknown>): Promise<ToolResult> =>
  runTool(readFileTool, args, {
    workspace: scratch.workspace,
    signal: new AbortController().signal,
    idempotencyKey: 'k',
  });
const content = async (args: Record<string, unknown>): Promise<string> => {
  const result = await read(args);
  if (result.kind === 'error') throw new Error(`${result.type}: ${result.message}`);
  return result.content;
};

describe('read_file', () => {
  it('returns a whole small file as it is', async () => {
    await scratch.write('src/a.txt', 'one\n\ttwo ünï\r\nthree');
    expect(await content({ path: 'src/a.txt' })).toBe('one\n\ttwo ünï\r\nthree');
  });

  it('returns a range and says where to go on', async () => {
    await scratch.write('n.txt', Array.from({ length: 10 }, (_, n) => `line ${n + 1}\n`).join(''));
    expect(await content({ path: 'n.txt', offset: 3, limit: 2 })).toBe(
      'line 3\nline 4\n… lines 3 to 4 of 10 shown; go on with offset 5',
    );
    expect(await content({ path: 'n.txt', offset: 9 })).toBe('line 9\nline 10\n… lines 9 to 10 of 10 shown');
  });

  it('explains an offset beyond the end and an empty file', async () => {
    await scratch.write('n.txt', 'a\nb\n');
    await scratch.write('empty', '');
    expect(await content({ path: 'n.txt', offset: 9 })).toBe(
      '… the file has only 2 lines; offset 9 lies beyond its end',
    );
    expect(await content({ path: 'empty' })).toBe('… the file is empty');
  });

  it('walks through a large file by its own hints without losing or repeating a line', async () => {
    const lines = Array.from({ length: 9000 }, (_, n) => `${n} ${'x'.repeat(n % 90)}`);
    await scratch.write('large.txt', `${lines.join('\n')}\n`);
    const seen: string[] = [];
    for (let offset: number | undefined = 1; offset !== undefined;) {
      const got = (await content({ path: 'large.txt', offset, limit: 10_000 })).split('\n');
      const remark: string = got.at(-1)?.startsWith('…') ? (got.pop() ?? '') : '';
      seen.push(...got);
      const next: string | undefined = /go on with offset (\d+)/.exec(remark)?.[1];
      offset = next === undefined ? undefined : Number(next);
    }
    expect(seen).toEqual(lines);
  });

  it('cuts a very long line at a whole character and says so', async () => {
    await scratch.write('long.txt', `${'é'.repeat(100_000)}\nend`);
    const got = await content({ path: 'long.txt' });
    expect(got).toContain('é … (line cut: 16384 of 200000 bytes shown)');
    expect(got).not.toContain('\ufffd');
    expect(got.endsWith('\nend\n… 1 long line cut')).toBe(true);
  });

  it('refuses binary files, folders and what does not exist', async () => {
    await scratch.write('b.bin', Uint8Array.of(1, 2, 0, 3));
    expect(await read({ path: 'b.bin' })).toMatchObject({ type: 'binary' });
    expect(await read({ path: '.' })).toMatchObject({ type: 'wrong_type' });
    expect(await read({ path: 'nope/x' })).toMatchObject({
      type: 'not_found',
      message: 'nope/x does not exist',
    });
    expect(await read({ path: 'b.bin/x' })).toMatchObject({ type: 'not_found' });
  });

  it('shows text that is not valid UTF-8 and says so; drops a byte order mark', async () => {
    await scratch.write('latin1.txt', Buffer.from('caf\xe9\n', 'latin1'));
    await scratch.write('bom.txt', '\ufeffhello');
    expect(await content({ path: 'latin1.txt' })).toBe(
      'caf\ufffd\n… some bytes are not valid UTF-8 and are shown as \ufffd',
    );
    expect(await content({ path: 'bom.txt' })).toBe('hello');
  });

  it('refuses an offset that is not a positive whole number', async () => {
    for (const offset of [0, -1, 1.5, '1', Number.NaN])
      expect(await read({ path: 'x', offset })).toMatchObject({ type: 'bad_arguments' });
  });

  it('counts the lines of a huge sparse file only as far as it looks', async () => {
    const { truncate } = await import('node:fs/promises');
    await scratch.write('huge.txt', `${'a'.repeat(9000)}\nb\n`);
    await truncate(`${scratch.root}/huge.txt`, 300 * 1024 * 1024);
    expect(await content({ path: 'huge.txt', offset: 2, limit: 1 })).toMatch(
      /^b\n… lines 2 to 2 of more than \d+ shown; go on with offset 3$/,
    );
    expect(await read({ path: 'huge.txt', offset: 500 })).toMatchObject({ type: 'too_large' });
  });
});
