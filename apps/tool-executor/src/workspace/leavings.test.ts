import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ToolResult, runTool } from '../tool';
import { tools } from '../tools';
import { FileIntents, type Intent } from './intents';
import { leftoverName } from './leftovers';
import { namesIn } from './folder-names';
import { descriptorPinning } from './pin';
import { type ScratchWorkspace, scratchWorkspace } from './scratch-workspace';
import { withWriteLock } from './write-lock';
import type { Workspace } from './workspace';

const never = new AbortController().signal;
let scratch: ScratchWorkspace;
beforeEach(async () => {
  scratch = await scratchWorkspace();
});
afterEach(() => scratch.remove());

const call = (
  name: string,
  args: Record<string, unknown>,
  { workspace = scratch.workspace, key = 'k' }: { workspace?: Workspace; key?: string } = {},
): Promise<ToolResult> => {
  const tool = tools.find((candidate) => candidate.name === name);
  if (!tool) throw new Error(`no tool ${name}`);
  return runTool(tool, args, { workspace, signal: never, idempotencyKey: key });
};

describe('leftovers', () => {
  it('of the same call are cleared away, of others not before their time, and none is listed', async () => {
    const [own, other] = [leftoverName('k', 'new'), leftoverName('other', 'old')];
    const gone = leftoverName('k', 'gone');
    await scratch.write(own, 'half');
    await scratch.write(other, 'kept');
    await scratch.write(`${gone}/d/f`, 'deleted');
    for (const name of ['list_directory', 'tree_view', 'grep_search', 'file_search']) {
      const args = name.endsWith('search') ? { pattern: name === 'file_search' ? '.lumina*' : 'half' } : {};
      expect(JSON.stringify(await call(name, args))).not.toContain('.lumina-');
    }
    await call('write_file', { path: 'f', content: 'x' });
    expect((await readdir(scratch.root)).toSorted()).toEqual([other, 'f']);
  });
});

describe('intents', () => {
  const intent: Intent = { kind: 'move', answer: 'moved', from: 'a', to: 'b', identity: 'i' };

  it('are told apart by call, and say so when they cannot be read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lumina-intents-'));
    const intents = new FileIntents(join(folder, 'thread'));
    expect(await intents.recall('a')).toBe('none');
    await intents.keep('a', intent);
    expect(await intents.recall('a')).toEqual(intent);
    expect(await intents.recall('b')).toBe('none');
    const [name = ''] = await readdir(join(folder, 'thread'));
    for (const text of ['{"kind":', '{"kind":"other"}']) {
      await writeFile(join(folder, 'thread', name), text);
      expect(await intents.recall('a')).toBe('unreadable');
    }
    await writeFile(join(folder, 'file'), '');
    expect(await new FileIntents(join(folder, 'file')).recall('a')).toBe('unreadable');
    await rm(folder, { recursive: true });
  });

  it('are thinned out: the newest 256 stay, and whatever is younger than an hour', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lumina-intents-'));
    const twoHoursAgo = new Date(Date.now() - 7_200_000);
    for (let n = 0; n < 300; n++) {
      await writeFile(join(folder, `old-${n}.json`), '{}');
      await utimes(join(folder, `old-${n}.json`), twoHoursAgo, twoHoursAgo);
    }
    const intents = new FileIntents(folder);
    for (let n = 0; n < 64; n++) await intents.keep(`call ${n}`, intent);
    expect((await readdir(folder)).length).toBeLessThanOrEqual(256 + 63);
    for (let n = 0; n < 64; n++) expect(await intents.recall(`call ${n}`)).toEqual(intent);
    await rm(folder, { recursive: true });
  });
});

describe('a huge folder', () => {
  it('is read only as far as asked', async () => {
    const root = await descriptorPinning.pinRoot(scratch.root);
    await mkdir(join(scratch.root, 'd'));
    for (let n = 0; n < 20; n++) await scratch.write(`d/f${n}`, '');
    const folder = await descriptorPinning.pinChild(root, 'd');
    const huge = { ...folder, path: folder.path, sizeBytes: 2 ** 30 };
    for (const each of [folder, huge]) {
      expect((await namesIn(each, 100, never)).names).toHaveLength(20);
      const cut = await namesIn(each, 7, never);
      expect([cut.names.length, cut.isCut]).toEqual([7, true]);
    }
    const aborted = AbortSignal.abort(new Error('enough'));
    await expect(namesIn(huge, 7, aborted)).rejects.toThrow('enough');
    folder.close();
    root.close();
  });
});

describe('the write lock', () => {
  it('lets writers in by turns, and whoever does not want to wait go', async () => {
    const order: string[] = [];
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const first = withWriteLock('x', never, async () => {
      await gate;
      order.push('first');
    });
    const impatient = new AbortController();
    const second = withWriteLock('x', impatient.signal, async () => void order.push('second'));
    const third = withWriteLock('x', never, async () => void order.push('third'));
    await withWriteLock('y', never, async () => void order.push('elsewhere'));
    impatient.abort(new Error('gone'));
    await expect(second).rejects.toThrow('gone');
    open();
    await Promise.all([first, third]);
    expect(order).toEqual(['elsewhere', 'first', 'third']);
  });

  it('is free again after a failure', async () => {
    await expect(withWriteLock('x', never, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withWriteLock('x', never, async () => 'in')).toBe('in');
  });
});

describe('where there is no /proc', () => {
  it('all tools write as well, and refuse what leads out', async () => {
    const workspace = await scratch.reopen({ pinning: 'path' });
    await scratch.link('out', '../outside');
    const steps: readonly (readonly [string, Record<string, unknown>])[] = [
      ['write_file', { path: 'd/a', content: 'x\n' }],
      ['multi_replace_in_file', { path: 'd/a', replacements: [{ find: 'x', replace: 'y' }] }],
      ['copy_file', { from: 'd/a', to: 'b' }],
      ['apply_patch', { patch: '--- a/b\n+++ b/b\n@@ -1 +1 @@\n-y\n+z\n' }],
      ['move_file', { from: 'b', to: 'c' }],
      ['delete_file', { path: 'd', recursive: true }],
    ];
    for (const [index, [name, args]] of steps.entries())
      expect(await call(name, args, { workspace, key: `k${index}` })).toMatchObject({ kind: 'ok' });
    expect((await readdir(scratch.root)).toSorted()).toEqual(['c', 'out']);
    expect(await call('write_file', { path: 'out/x', content: '' }, { workspace })).toMatchObject({
      type: 'outside_workspace',
    });
    workspace.close();
  });
});

it('a file that root replaces stays its owner`s', async () => {
  if (process.getuid?.() !== 0) return;
  await scratch.write('f', 'old');
  const { chown } = await import('node:fs/promises');
  await chown(join(scratch.root, 'f'), 1234, 1235);
  await call('write_file', { path: 'f', content: 'new' });
  expect(await stat(join(scratch.root, 'f'))).toMatchObject({ uid: 1234, gid: 1235 });
});
