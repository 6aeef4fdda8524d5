import { execFileSync, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ToolResult, runTool } from '../tool';
import { tools } from '../tools';
import { type ScratchWorkspace, canary, scratchWorkspace } from './scratch-workspace';
import { Workspace } from './workspace';

let scratch: ScratchWorkspace;
beforeEach(async () => {
  scratch = await scratchWorkspace();
});
afterEach(() => scratch.remove());

let calls = 0;
const call = (
  name: string,
  args: Record<string, unknown>,
  workspace: Workspace = scratch.workspace,
): Promise<ToolResult> => {
  const tool = tools.find((candidate) => candidate.name === name);
  if (!tool) throw new Error(`no tool ${name}`);
  const signal = new AbortController().signal;
  return runTool(tool, args, { workspace, signal, idempotencyKey: `r1/call:${++calls}` });
};

/** Every way of writing to, moving over or deleting what is at a path. */
const attemptsOn = (path: string): readonly (readonly [string, Record<string, unknown>])[] => [
  ['write_file', { path, content: 'owned' }],
  ['multi_replace_in_file', { path, replacements: [{ find: canary, replace: 'owned' }] }],
  ['copy_file', { from: 'mine', to: path, overwrite: true }],
  ['move_file', { from: 'mine', to: path, overwrite: true }],
  ['move_file', { from: path, to: 'stolen' }],
  ['delete_file', { path, recursive: true }],
  ['apply_patch', { patch: `--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n-${canary}\n+owned\n` }],
  ['apply_patch', { patch: `--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+owned\n` }],
  ['apply_patch', { patch: `--- a/${path}\n+++ /dev/null\n@@ -1 +0,0 @@\n-${canary}\n` }],
];

async function expectOutsideUntouched(): Promise<void> {
  const outside = dirname(scratch.canaryFile);
  expect(await readFile(scratch.canaryFile, 'utf8')).toBe(canary);
  expect(await readdir(outside)).toEqual(['canary.txt']);
  expect((await readdir(dirname(outside))).toSorted()).toEqual(
    expect.not.arrayContaining(['stolen', 'x', 'new']),
  );
}

describe('paths that lead out', () => {
  it.each([
    '../outside/canary.txt',
    'd/../../outside/canary.txt',
    'out/canary.txt',
    'chain/canary.txt',
    'out/../outside/canary.txt',
    '/etc/lumina-owned',
    '~/owned',
    'd/\0/../x',
    '..',
    'out/..',
    'up/outside/canary.txt',
    '/proc/self/cwd/x',
    'proc/self/root/tmp/x',
  ])('%j: no tool writes, moves or deletes there', async (path) => {
    await scratch.write('d/f', 'x');
    await scratch.link('out', '../outside');
    await scratch.link('chain', 'd/../out');
    await scratch.link('up', '..');
    await scratch.link('proc', '/proc');
    for (const [name, args] of attemptsOn(path)) {
      await scratch.write('mine', 'mine');
      const before = scratch.refusals.length;
      expect(await call(name, args)).toMatchObject({ kind: 'error' });
      expect(scratch.refusals.length).toBe(before + 1);
      expect(scratch.records).toEqual([]);
    }
    await expectOutsideUntouched();
  });

  it('what looks like leaving but does not, is a name like any other', async () => {
    for (const path of [
      '...',
      '..\\..\\x',
      '．．/x',
      '%2e%2e/x',
      'a\u2215..\u2215x',
      '.. /x',
      '‥/x',
      'C:\\x',
      '-rf',
    ])
      expect(await call('write_file', { path, content: 'inside' })).toMatchObject({ kind: 'ok' });
    await expectOutsideUntouched();
    expect(await readdir(scratch.root)).toHaveLength(9);
  });

  it('takes names apart that differ in case or in Unicode form, as the file system does', async () => {
    const names = ['File', 'file', 'é', 'e\u0301'];
    for (const path of names) await call('write_file', { path, content: path });
    const probe = await readdir(scratch.root);
    for (const path of probe) expect(await readFile(join(scratch.root, path), 'utf8')).toBe(path);
  });

  it('refuses names that are too long, and the names of its own leftovers', async () => {
    const own = '.lumina-0123456789abcdef-0123456789abcdef.new';
    for (const path of [
      'x'.repeat(256),
      `${'d/'.repeat(129)}x`,
      `${'x'.repeat(4096)}y`,
      own,
      own.toUpperCase(),
    ])
      for (const [name, args] of attemptsOn(path)) {
        await scratch.write('mine', 'mine');
        expect(['bad_arguments', 'limit', 'not_found']).toContain(
          ((await call(name, args)) as { type: string }).type,
        );
      }
    expect(await readdir(scratch.root)).toEqual(['mine']);
  });
});

describe('things that are not files', () => {
  it('are not written to, and nothing waits for them', async () => {
    execFileSync('mkfifo', [join(scratch.root, 'fifo')]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(scratch.root, 'sock'), resolve));
    const startMs = performance.now();
    for (const path of ['fifo', 'sock']) {
      for (const [name, args] of attemptsOn(path)) {
        if (name === 'delete_file' || args['to'] === 'stolen') continue;
        await scratch.write('mine', 'mine');
        expect(await call(name, args)).toMatchObject({ kind: 'error' });
      }
      expect(await call('copy_file', { from: path, to: 'copy' })).toMatchObject({ type: 'wrong_type' });
      expect(await call('move_file', { from: path, to: `${path}-moved` })).toMatchObject({ kind: 'ok' });
      expect(await call('delete_file', { path: `${path}-moved` })).toMatchObject({ kind: 'ok' });
    }
    expect(performance.now() - startMs).toBeLessThan(15_000);
    await new Promise((resolve) => server.close(resolve));
    expect(await readdir(scratch.root)).toEqual(['mine']);
  });

  it('a file unpacked over a link replaces the link, never what it leads to', async () => {
    await scratch.link('l', scratch.canaryFile);
    const archive = join(dirname(scratch.root), 'a.tar');
    execFileSync('tar', ['-cf', archive, '-C', scratch.root, 'l']);
    await rm(join(scratch.root, 'l'));
    execFileSync('tar', ['-xf', archive, '-C', scratch.root]);
    for (const [name, args] of attemptsOn('l')) {
      if (name === 'delete_file' || args['to'] === 'stolen') continue;
      await scratch.write('mine', 'mine');
      expect(await call(name, args)).toMatchObject({ kind: 'error' });
    }
    expect(await readlink(join(scratch.root, 'l'))).toBe(scratch.canaryFile);
    await expectOutsideUntouched();
  });
});

describe('races', () => {
  /** Run by a process of its own in a tight loop. */
  const swaps: Readonly<Record<string, string>> = {
    'a folder and a link to outside change places': `
      fs.renameSync(root + '/d', root + '/e');
      fs.symlinkSync(outside, root + '/d');
      fs.unlinkSync(root + '/d');
      fs.renameSync(root + '/e', root + '/d');`,
    'a file and a link to the canary change places': `
      try { fs.renameSync(root + '/d/canary.txt', root + '/d/g'); } catch {}
      try { fs.symlinkSync(outside + '/canary.txt', root + '/d/canary.txt'); } catch {}
      try { fs.unlinkSync(root + '/d/canary.txt'); } catch {}
      try { fs.renameSync(root + '/d/g', root + '/d/canary.txt'); } catch {}`,
    'the folder above is a link to outside by turns': `
      fs.renameSync(root + '/p', root + '/q');
      fs.symlinkSync(path.dirname(outside), root + '/p');
      fs.unlinkSync(root + '/p');
      fs.renameSync(root + '/q', root + '/p');`,
  };

  it.each(Object.keys(swaps))('nothing outside changes while %s', async (name) => {
    await scratch.write('d/canary.txt', canary);
    await scratch.write('p/outside/canary.txt', canary);
    const program = `
      const fs = require('node:fs'), path = require('node:path');
      const [, root, outside] = process.argv;
      const endMs = Date.now() + 1500;
      while (Date.now() < endMs) { try { ${swaps[name]} } catch {} }`;
    const attacker = spawn(process.execPath, ['-e', program, scratch.root, dirname(scratch.canaryFile)]);
    const race = { isOver: false };
    const ended = new Promise((resolve) => attacker.on('exit', resolve)).finally(() => (race.isOver = true));
    const outcomes = new Map<string, number>();
    while (!race.isOver) {
      for (const path of ['d/canary.txt', 'd/new/deep/f', 'p/outside/canary.txt', 'p/outside/new'])
        for (const [tool, args] of attemptsOn(path)) {
          await writeFile(join(scratch.root, 'mine'), 'mine');
          const result = await call(tool, args);
          const key = result.kind === 'ok' ? 'ok' : result.type;
          outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
        }
      await rm(join(scratch.root, 'stolen'), { recursive: true, force: true });
      await setImmediate();
    }
    await ended;
    await expectOutsideUntouched();
    expect([...outcomes.keys()]).not.toContain('internal');
    expect(outcomes.get('ok') ?? 0).toBeGreaterThan(0);
  });

  it('a folder that is deleted while links are put into it takes nothing outside with it', async () => {
    const program = `
      const fs = require('node:fs');
      const [, root, outside] = process.argv;
      const endMs = Date.now() + 1500;
      while (Date.now() < endMs) {
        try {
          fs.mkdirSync(root + '/t/a/b', { recursive: true });
          fs.renameSync(root + '/t/a', root + '/t/x');
          fs.symlinkSync(outside, root + '/t/a');
          fs.unlinkSync(root + '/t/a');
          fs.renameSync(root + '/t/x', root + '/t/a');
        } catch {}
      }`;
    const attacker = spawn(process.execPath, ['-e', program, scratch.root, dirname(scratch.canaryFile)]);
    const race = { isOver: false };
    const ended = new Promise((resolve) => attacker.on('exit', resolve)).finally(() => (race.isOver = true));
    let deleted = 0;
    while (!race.isOver) {
      const result = await call('delete_file', { path: 't', recursive: true });
      if (result.kind === 'ok') deleted++;
      else expect(['not_found', 'conflict']).toContain(result.type);
      await setImmediate();
    }
    await ended;
    await expectOutsideUntouched();
    expect(deleted).toBeGreaterThan(0);
  });
});

describe('a full disk', () => {
  it('is told as such, and leaves the old content', async () => {
    const mount = await mkdtemp(join(tmpdir(), 'lumina-small-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mount], { stdio: 'ignore' });
    } catch {
      await rm(mount, { recursive: true });
      return; // only root may mount; broken-writes.test.ts does it with a disk that says so
    }
    try {
      await mkdir(join(scratch.root, 'm'));
      await symlink(mount, join(dirname(scratch.root), 'small'));
      const workspace = await Workspace.open(mount);
      await writeFile(join(mount, 'f'), 'old');
      const result = await call('write_file', { path: 'f', content: 'x'.repeat(2_000_000) }, workspace);
      expect(result).toEqual({
        kind: 'error',
        type: 'quota',
        message: 'f cannot be written: the disk is full',
      });
      expect(await readFile(join(mount, 'f'), 'utf8')).toBe('old');
      expect(await readdir(mount)).toEqual(['f']);
      expect(await call('write_file', { path: 'f', content: 'new' }, workspace)).toMatchObject({
        kind: 'ok',
      });
      workspace.close();
    } finally {
      execFileSync('umount', [mount]);
      await rm(mount, { recursive: true });
    }
  });
});

it('descriptors are all closed, whatever happens', async () => {
  await scratch.write('d/f', 'x');
  await scratch.link('out', '/etc');
  const open = async (): Promise<number> => (await readdir('/proc/self/fd')).length;
  await call('write_file', { path: 'd/f', content: 'y' });
  const before = await open();
  for (let round = 0; round < 6; round++)
    for (const path of ['d/f', 'out/x', 'new/deep/f', 'd', '..', 'd/f/x'])
      for (const [name, args] of attemptsOn(path)) await call(name, args);
  expect(await open()).toBe(before);
});
