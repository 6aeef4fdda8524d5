import { execFileSync } from 'node:child_process';
import { chmod, link, mkdir, readFile, readdir, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Tool, type ToolResult, reconcileTool, runTool } from '../tool';
import { type ScratchWorkspace, canary, scratchWorkspace } from '../workspace/scratch-workspace';
import { copyFileTool } from './copy-file';
import { deleteFileTool } from './delete-file';
import { moveFileTool } from './move-file';

let scratch: ScratchWorkspace;
beforeEach(async () => {
  scratch = await scratchWorkspace();
});
afterEach(() => scratch.remove());

const context = (idempotencyKey = 'k') => ({
  workspace: scratch.workspace,
  signal: new AbortController().signal,
  idempotencyKey,
});
const call = (tool: Tool, args: Record<string, unknown>): Promise<ToolResult> =>
  runTool(tool, args, context());
const asked = (tool: Tool, args: Record<string, unknown>, key = 'k') =>
  reconcileTool(tool, args, context(key));
const at = (path: string): string => join(scratch.root, path);
const textOf = (path: string): Promise<string> => readFile(at(path), 'utf8');
const exists = (path: string): Promise<boolean> =>
  stat(at(path)).then(
    () => true,
    () => false,
  );

describe('copy_file', () => {
  it('copies bytes and permissions, making folders', async () => {
    const bytes = Buffer.alloc(700_000, 'ab\0');
    await scratch.write('f', bytes);
    await chmod(at('f'), 0o755);
    expect(await call(copyFileTool, { from: 'f', to: 'a/b/g' })).toEqual({
      kind: 'ok',
      content: 'f copied to a/b/g: 683.6 KiB',
    });
    expect((await readFile(at('a/b/g'))).equals(bytes)).toBe(true);
    expect((await stat(at('a/b/g'))).mode & 0o777).toBe(0o755);
    expect((await stat(at('a/b/g'))).ino).not.toBe((await stat(at('f'))).ino);
  });

  it('may be repeated, and refuses another content unless it may overwrite', async () => {
    await scratch.write('f', 'new');
    await scratch.write('g', 'new');
    await scratch.write('h', 'old');
    expect(await call(copyFileTool, { from: 'f', to: 'g' })).toMatchObject({
      content: 'g already has the content of f',
    });
    expect(await call(copyFileTool, { from: 'f', to: 'h' })).toMatchObject({ type: 'conflict' });
    expect(await call(copyFileTool, { from: 'f', to: 'h', overwrite: true })).toMatchObject({ kind: 'ok' });
    expect(await textOf('h')).toBe('new');
  });

  it('copies what a link inside leads to, and nothing from or to outside', async () => {
    await scratch.write('f', 'inside');
    await scratch.link('in', 'f');
    await scratch.link('out', scratch.canaryFile);
    expect(await call(copyFileTool, { from: 'in', to: 'g' })).toMatchObject({ kind: 'ok' });
    expect(await textOf('g')).toBe('inside');
    for (const args of [
      { from: 'out', to: 'h' },
      { from: '../outside/canary.txt', to: 'h' },
      { from: 'f', to: '../outside/canary.txt' },
      { from: 'f', to: '/tmp/x' },
    ])
      expect(await call(copyFileTool, args)).toMatchObject({ type: 'outside_workspace' });
    expect(await call(copyFileTool, { from: 'f', to: 'out', overwrite: true })).toMatchObject({
      type: 'wrong_type',
    });
    expect(await call(copyFileTool, { from: '.', to: 'h' })).toMatchObject({ type: 'wrong_type' });
    expect(scratch.refusals).toHaveLength(4);
    expect(await readFile(scratch.canaryFile, 'utf8')).toBe(canary);
  });
});

describe('move_file', () => {
  it('moves files, folders and links as they are', async () => {
    await scratch.write('f', 'x');
    await scratch.write('d/e/f', 'y');
    await scratch.link('l', '../anywhere');
    const { ino } = await stat(at('f'));
    expect(await call(moveFileTool, { from: 'f', to: 'n/g' })).toEqual({
      kind: 'ok',
      content: 'f moved to n/g',
    });
    expect((await stat(at('n/g'))).ino).toBe(ino);
    expect(await exists('f')).toBe(false);
    expect(await call(moveFileTool, { from: 'd', to: 'n/d' })).toMatchObject({ kind: 'ok' });
    expect(await textOf('n/d/e/f')).toBe('y');
    expect(await call(moveFileTool, { from: 'l', to: 'n/l' })).toMatchObject({ kind: 'ok' });
    expect(await readlink(at('n/l'))).toBe('../anywhere');
    expect(await readdir(scratch.root)).toEqual(['n']);
  });

  it('replaces only a file, and only when it may', async () => {
    await scratch.write('f', 'new');
    await scratch.write('g', 'old');
    await scratch.write('d/x', '');
    await scratch.link('l', 'g');
    expect(await call(moveFileTool, { from: 'f', to: 'g' })).toMatchObject({ type: 'conflict' });
    for (const to of ['d', 'l'])
      expect((await call(moveFileTool, { from: 'f', to, overwrite: true })).kind).toBe('error');
    expect(await call(moveFileTool, { from: 'd', to: 'g', overwrite: true })).toMatchObject({
      type: 'conflict',
    });
    expect(await call(moveFileTool, { from: 'f', to: 'g', overwrite: true })).toMatchObject({ kind: 'ok' });
    expect(await textOf('g')).toBe('new');
    expect(await exists('f')).toBe(false);
  });

  it('moves one name of a file onto another of the same file', async () => {
    await scratch.write('f', 'x');
    await link(at('f'), at('g'));
    expect(await call(moveFileTool, { from: 'f', to: 'g', overwrite: true })).toMatchObject({ kind: 'ok' });
    expect(await readdir(scratch.root)).toEqual(['g']);
  });

  it('refuses what leads nowhere, and leaves no folder behind', async () => {
    await scratch.write('d/f', 'x');
    for (const [args, type] of [
      [{ from: 'none', to: 'a/b' }, 'not_found'],
      [{ from: 'd', to: 'd/e/f' }, 'bad_arguments'],
      [{ from: 'd/f', to: './d/f' }, 'bad_arguments'],
      [{ from: '.', to: 'a' }, 'bad_arguments'],
      [{ from: '..', to: 'a' }, 'outside_workspace'],
      [{ from: 'd/f', to: '../f' }, 'outside_workspace'],
    ] as const)
      expect(await call(moveFileTool, args)).toMatchObject({ type });
    expect(await readdir(scratch.root)).toEqual(['d']);
    expect(await readdir(at('d'))).toEqual(['f']);
  });

  it('knows afterwards whether it was done', async () => {
    const args = { from: 'f', to: 'g' };
    await scratch.write('f', 'x');
    expect(await asked(moveFileTool, args)).toEqual({ kind: 'not_done' });
    await call(moveFileTool, args);
    expect(await asked(moveFileTool, args)).toEqual({ kind: 'done', content: 'f moved to g' });
    await scratch.write('f', 'another');
    expect(await asked(moveFileTool, args)).toMatchObject({ kind: 'done' });
    execFileSync('rm', [at('g')]);
    expect(await asked(moveFileTool, args)).toEqual({ kind: 'unknown' });
    expect(await asked(moveFileTool, args, 'another call')).toEqual({ kind: 'not_done' });
  });
});

describe('delete_file', () => {
  it('asks a person by default', () => {
    expect(deleteFileTool.risk).toBe('dangerous');
  });

  it('deletes a file, a link itself, an empty folder', async () => {
    await scratch.write('f', 'abc');
    await scratch.write('kept/f', 'x');
    await mkdir(at('empty'));
    await symlink('kept', at('l'));
    await symlink(scratch.canaryFile, at('out'));
    expect(await call(deleteFileTool, { path: 'f' })).toMatchObject({ content: 'f deleted: a file of 3 B' });
    expect(await call(deleteFileTool, { path: 'l' })).toMatchObject({ kind: 'ok' });
    expect(await call(deleteFileTool, { path: 'out' })).toMatchObject({ kind: 'ok' });
    expect(await call(deleteFileTool, { path: 'empty' })).toMatchObject({
      content: 'empty deleted: an empty folder',
    });
    expect(await readdir(scratch.root)).toEqual(['kept']);
    expect(await textOf('kept/f')).toBe('x');
    expect(await readFile(scratch.canaryFile, 'utf8')).toBe(canary);
  });

  it('deletes a folder with all that is in it only when told so', async () => {
    const deep = Array.from({ length: 150 }, () => 'd').join('/');
    await mkdir(at(`f/${deep}`), { recursive: true });
    await scratch.write('f/a/b', 'x');
    await writeFile(Buffer.concat([Buffer.from(`${scratch.root}/f/`), Buffer.from([0xff])]), 'x');
    await mkdir(Buffer.concat([Buffer.from(`${scratch.root}/f/dir`), Buffer.from([0xfe])]));
    await symlink(dirname(scratch.canaryFile), at('f/out'));
    execFileSync('mkfifo', [at('f/a/fifo')]);
    await chmod(at('f/a'), 0o500);
    expect(await call(deleteFileTool, { path: 'f' })).toMatchObject({ type: 'conflict' });
    expect(await call(deleteFileTool, { path: 'f', recursive: true })).toMatchObject({
      content: 'f deleted: a folder with 156 entries, 2 B',
    });
    expect(await readdir(scratch.root)).toEqual([]);
    expect(await readFile(scratch.canaryFile, 'utf8')).toBe(canary);
  });

  it('refuses the workspace, what is outside, and what is not there', async () => {
    for (const [path, type] of [
      ['.', 'bad_arguments'],
      ['..', 'outside_workspace'],
      ['../outside', 'outside_workspace'],
      ['none', 'not_found'],
    ])
      expect(await call(deleteFileTool, { path, recursive: true })).toMatchObject({ type });
    expect(scratch.refusals).toHaveLength(2);
  });

  it('knows afterwards whether it was done, and does not take a new file for the old one', async () => {
    const args = { path: 'f' };
    await scratch.write('f', 'x');
    expect(await asked(deleteFileTool, args)).toEqual({ kind: 'not_done' });
    await call(deleteFileTool, args);
    expect(await asked(deleteFileTool, args)).toMatchObject({ kind: 'done' });
    await scratch.write('f', 'x');
    expect(await asked(deleteFileTool, args)).toMatchObject({ kind: 'done' });
    expect(await textOf('f')).toBe('x');
  });

  it('is put on record before and after', async () => {
    await scratch.write('f', 'x');
    await call(deleteFileTool, { path: 'f' });
    const about = { tool: 'delete_file', call: 'k', action: 'delete', beforeBytes: 1, entries: 1 };
    expect(scratch.records).toMatchObject([
      { phase: 'before', ...about, beforeDigest: expect.stringMatching(/^2d711642/) },
      { phase: 'after', outcome: 'done', ...about },
    ]);
  });
});

it('neither moves nor deletes what holds the runtime`s own folder', async () => {
  await scratch.remove();
  scratch = await scratchWorkspace();
  await scratch.write('a/data/key', 'secret');
  const workspace = await scratch.reopen({ sealed: [at('a/data')] });
  const inside = { ...context(), workspace };
  for (const path of ['a', 'a/data', 'a/data/key'])
    expect(await runTool(deleteFileTool, { path, recursive: true }, inside)).toMatchObject({
      type: 'access_denied',
    });
  expect(await runTool(moveFileTool, { from: 'a', to: 'b' }, inside)).toMatchObject({
    type: 'access_denied',
  });
  workspace.close();
  expect(await textOf('a/data/key')).toBe('secret');
});
