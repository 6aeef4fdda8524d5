import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { type ToolResult, runTool } from '../tool';
import { tools } from '../tools';
import { Quota } from './quota';
import { type ScratchWorkspace, scratchWorkspace } from './scratch-workspace';
import { measureUsage } from './usage';
import { descriptorPinning } from './pin';
import type { Workspace } from './workspace';

let scratch: ScratchWorkspace;
beforeEach(async () => {
  scratch = await scratchWorkspace();
});
afterEach(() => scratch.remove());

let calls = 0;
const call = (workspace: Workspace, name: string, args: Record<string, unknown>): Promise<ToolResult> => {
  const tool = tools.find((candidate) => candidate.name === name);
  if (!tool) throw new Error(`no tool ${name}`);
  const signal = new AbortController().signal;
  return runTool(tool, args, { workspace, signal, idempotencyKey: `r1/call:${++calls}` });
};
const write = (workspace: Workspace, path: string, bytes: number): Promise<ToolResult> =>
  call(workspace, 'write_file', { path, content: 'x'.repeat(bytes) });

const usage = async () => {
  const root = await descriptorPinning.pinRoot(scratch.root);
  const used = await measureUsage(root, descriptorPinning, new AbortController().signal);
  root.close();
  return used;
};

describe('the quota', () => {
  const limited = (maxBytes: number, maxEntries = 1_000): Promise<Workspace> =>
    scratch.reopen({ quota: new Quota({ maxBytes, maxEntries }) });

  it('counts bytes to the last, and says what is used and allowed', async () => {
    const workspace = await limited(1000);
    await scratch.write('d/by-a-program', 'x'.repeat(300));
    expect(await write(workspace, 'a', 701)).toEqual({
      kind: 'error',
      type: 'quota',
      message:
        'the workspace is full: 300 B of 1000 B are used, and this needs 701 B more. Delete what is not needed any more',
    });
    expect(await write(workspace, 'a', 700)).toMatchObject({ kind: 'ok' });
    expect(await write(workspace, 'b', 1)).toMatchObject({ type: 'quota' });
    expect(await usage()).toEqual({ bytes: 1000, entries: 3 });
    workspace.close();
  });

  it('lets a full workspace shrink, and what stays as large be changed', async () => {
    const workspace = await limited(1000);
    await scratch.write('a', 'x'.repeat(5000));
    expect(await write(workspace, 'a', 5000)).toMatchObject({ kind: 'ok' });
    const replace = { path: 'a', replacements: [{ find: 'x'.repeat(5000), replace: 'y'.repeat(4999) }] };
    expect(await call(workspace, 'multi_replace_in_file', replace)).toMatchObject({ kind: 'ok' });
    expect(await call(workspace, 'move_file', { from: 'a', to: 'b' })).toMatchObject({ kind: 'ok' });
    expect(await call(workspace, 'copy_file', { from: 'b', to: 'c' })).toMatchObject({ type: 'quota' });
    expect(await call(workspace, 'delete_file', { path: 'b' })).toMatchObject({ kind: 'ok' });
    expect(await write(workspace, 'b', 900)).toMatchObject({ kind: 'ok' });
    workspace.close();
  });

  it('counts files and the folders that are made for them', async () => {
    const workspace = await limited(1_000_000, 4);
    expect(await write(workspace, 'a/b/c', 1)).toMatchObject({ kind: 'ok' });
    expect(await write(workspace, 'd/e', 1)).toMatchObject({
      type: 'quota',
      message: expect.stringContaining('3 of 4 files and folders are used, and this needs 2 more'),
    });
    const patch = ['x', 'y'].map((name) => `--- /dev/null\n+++ b/${name}\n@@ -0,0 +1 @@\n+1\n`).join('');
    expect(await call(workspace, 'apply_patch', { patch })).toMatchObject({ type: 'quota' });
    expect(await write(workspace, 'd', 1)).toMatchObject({ kind: 'ok' });
    expect(await write(workspace, 'e', 1)).toMatchObject({ type: 'quota' });
    expect(await usage()).toEqual({ bytes: 2, entries: 4 });
    workspace.close();
  });

  it('refuses what can never fit before writing any of it', async () => {
    const workspace = await limited(1000);
    await scratch.write('sparse', '');
    await truncate(join(scratch.root, 'sparse'), 2 ** 40);
    const startMs = performance.now();
    expect(await call(workspace, 'copy_file', { from: 'sparse', to: 'b' })).toMatchObject({ type: 'quota' });
    expect(performance.now() - startMs).toBeLessThan(15_000);
    workspace.close();
  });

  it('is exceeded by no more than a few 64ths when several processes write at once', async () => {
    const workspaces = await Promise.all(Array.from({ length: 4 }, () => limited(100_000)));
    // Each counts for itself, as an executor of its own would; the lock of this process is taken by turns.
    const results = await Promise.all(
      Array.from({ length: 60 }, (_, n) => write(workspaces[n % 4] ?? scratch.workspace, `f${n}`, 3_000)),
    );
    const written = results.filter(({ kind }) => kind === 'ok').length;
    expect((await usage()).bytes).toBe(written * 3_000);
    expect(written).toBeGreaterThanOrEqual(32);
    expect(written * 3_000).toBeLessThanOrEqual(100_000 * (1 + 3 / 64));
    for (const workspace of workspaces) workspace.close();
  });

  it('is not exceeded by one process, and is filled', async () => {
    const workspace = await limited(100_000);
    for (let n = 0; n < 40; n++) await write(workspace, `f${n}`, 3_000);
    expect(await usage()).toEqual({ bytes: 99_000, entries: 33 });
    workspace.close();
  });

  it('does not count anew for each of many small writes', async () => {
    let nowMs = 0;
    const quota = new Quota({ maxBytes: 10_000_000, maxEntries: 10_000 }, () => nowMs);
    const workspace = await scratch.reopen({ quota });
    await write(workspace, 'a', 10);
    await scratch.write('by-a-program', 'x'.repeat(10_000_000));
    expect(await write(workspace, 'b', 10)).toMatchObject({ kind: 'ok' });
    nowMs += 60_001;
    expect(await write(workspace, 'c', 10)).toMatchObject({ type: 'quota' });
    workspace.close();
  });

  it('sees at the edge what others write between', async () => {
    const workspace = await limited(10_000);
    for (let n = 0; n < 6; n++) expect(await write(workspace, `f${n}`, 1_000)).toMatchObject({ kind: 'ok' });
    await scratch.write('by-a-program', 'x'.repeat(3_500));
    expect(await write(workspace, 'g', 501)).toMatchObject({ type: 'quota' });
    expect(await write(workspace, 'g', 500)).toMatchObject({ kind: 'ok' });
    workspace.close();
  });
});
