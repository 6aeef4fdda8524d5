import { chmod, link, lstat, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ToolResult, runTool } from '../tool';
import { type ScratchWorkspace, canary, scratchWorkspace } from '../workspace/scratch-workspace';
import { writeFileTool } from './write-file';

let scratch: ScratchWorkspace;
beforeEach(async () => {
  scratch = await scratchWorkspace();
});
afterEach(() => scratch.remove());

const write = (args: Record<string, unknown>, signal = new AbortController().signal): Promise<ToolResult> =>
  runTool(writeFileTool, args, { workspace: scratch.workspace, signal, idempotencyKey: 'r1/call:1.0' });
const textOf = (path: string): Promise<string> => readFile(join(scratch.root, path), 'utf8');

describe('write_file', () => {
  it('makes a file and the folders on the way', async () => {
    expect(await write({ path: 'a/b/c.txt', content: 'one\ntwo\n' })).toEqual({
      kind: 'ok',
      content: 'a/b/c.txt created: 8 B, 2 lines',
    });
    expect(await textOf('a/b/c.txt')).toBe('one\ntwo\n');
    expect(await readdir(join(scratch.root, 'a/b'))).toEqual(['c.txt']);
    expect((await stat(join(scratch.root, 'a/b/c.txt'))).mode & 0o777).toBe(0o644);
  });

  it('replaces a file, keeping its permissions', async () => {
    await scratch.write('run.sh', 'old');
    await chmod(join(scratch.root, 'run.sh'), 0o750);
    expect(await write({ path: 'run.sh', content: '' })).toMatchObject({
      content: 'run.sh replaced: 0 B, 0 lines, was 3 B',
    });
    expect(await textOf('run.sh')).toBe('');
    expect((await stat(join(scratch.root, 'run.sh'))).mode & 0o777).toBe(0o750);
  });

  it('writes nothing when the file holds the content already, so a repeated call is harmless', async () => {
    await write({ path: 'f', content: 'x' });
    const before = await stat(join(scratch.root, 'f'), { bigint: true });
    expect(await write({ path: 'f', content: 'x', overwrite: false })).toMatchObject({
      content: 'f already holds exactly this (1 B, 1 line); nothing was written',
    });
    expect((await stat(join(scratch.root, 'f'), { bigint: true })).ctimeNs).toBe(before.ctimeNs);
  });

  it('refuses to replace when it must not', async () => {
    await scratch.write('f', 'old');
    expect(await write({ path: 'f', content: 'new', overwrite: false })).toMatchObject({ type: 'conflict' });
    expect(await textOf('f')).toBe('old');
  });

  it('does not write through a link, nor into a folder, nor under a name that is not one', async () => {
    await scratch.write('real', 'old');
    await scratch.link('in', 'real');
    await scratch.link('out', scratch.canaryFile);
    await scratch.link('dir-out', '..');
    await scratch.write('d/f', '');
    expect(await write({ path: 'in', content: 'x' })).toMatchObject({ type: 'wrong_type' });
    expect(await write({ path: 'out', content: 'x' })).toMatchObject({ type: 'wrong_type' });
    expect(await write({ path: 'dir-out/outside/canary.txt', content: 'x' })).toMatchObject({
      type: 'outside_workspace',
    });
    expect(await write({ path: 'd', content: 'x' })).toMatchObject({ type: 'wrong_type' });
    for (const path of ['.', '', 'd/..', './', '/workspace'])
      expect(await write({ path, content: 'x' })).toMatchObject({
        type: path === '/workspace' ? 'outside_workspace' : 'bad_arguments',
      });
    expect(await write({ path: 'real/x', content: 'x' })).toMatchObject({ type: 'not_found' });
    expect(await textOf('real')).toBe('old');
    expect(await readFile(scratch.canaryFile, 'utf8')).toBe(canary);
    expect((await lstat(join(scratch.root, 'in'))).isSymbolicLink()).toBe(true);
  });

  it('leaves the other names of a hard link alone', async () => {
    const outside = join(scratch.canaryFile, '..', 'linked');
    await writeFile(outside, 'outside');
    await link(outside, join(scratch.root, 'hard'));
    await write({ path: 'hard', content: 'inside' });
    expect(await readFile(outside, 'utf8')).toBe('outside');
    expect(await textOf('hard')).toBe('inside');
  });

  it('goes through a folder that is a link to one inside', async () => {
    await scratch.write('real/f', 'old');
    await scratch.link('via', 'real');
    expect(await write({ path: 'via/g', content: 'new' })).toMatchObject({ kind: 'ok' });
    expect(await textOf('real/g')).toBe('new');
  });

  it('leaves neither file nor folder behind when it fails or is cancelled', async () => {
    const cancelled = new AbortController();
    cancelled.abort();
    expect(await write({ path: 'a/b', content: 'x' }, cancelled.signal)).toMatchObject({ type: 'cancelled' });
    expect(await write({ path: `a/b/${'n'.repeat(300)}`, content: 'x' })).toMatchObject({
      type: 'bad_arguments',
    });
    expect(await readdir(scratch.root)).toEqual([]);
  });

  it('refuses what is not Unicode', async () => {
    expect(await write({ path: 'f', content: 'a\ud800' })).toMatchObject({ type: 'bad_arguments' });
  });

  it('is put on record before and after, without path or content', async () => {
    await write({ path: 'secret-name', content: 'secret-content' });
    const both = { tool: 'write_file', call: 'r1/call:1.0', action: 'create', afterBytes: 14 };
    expect(scratch.records).toMatchObject([
      { phase: 'before', ...both },
      { phase: 'after', outcome: 'done', ...both },
    ]);
    expect(JSON.stringify(scratch.records)).not.toContain('secret');
  });
});
