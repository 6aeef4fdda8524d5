import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ToolResult, runTool } from '../tool';
import { tools } from '../tools';
import type { OpenFile } from './open-file';
import { type ScratchWorkspace, canary, scratchWorkspace } from './scratch-workspace';
import { Workspace } from './workspace';
import { WorkspaceError } from './workspace-error';

const neverSignal = new AbortController().signal;
let scratch: ScratchWorkspace;
beforeEach(async () => {
  scratch = await scratchWorkspace();
});
afterEach(() => scratch.remove());

const textOf = async (file: OpenFile): Promise<string> => {
  const bytes = await file.bytes(1024 * 1024, neverSignal);
  return bytes?.toString() ?? '(too large)';
};
const read = (path: string, workspace = scratch.workspace): Promise<string> =>
  workspace.withFile(path, textOf);

/** The content, or the type of the error. */
const outcome = async (path: string, workspace = scratch.workspace): Promise<string> => {
  try {
    return await read(path, workspace);
  } catch (error) {
    if (error instanceof WorkspaceError) return error.type;
    throw error;
  }
};

const call = (name: string, args: Record<string, unknown>): Promise<ToolResult> => {
  const tool = tools.find((candidate) => candidate.name === name);
  if (!tool) throw new Error(`no tool ${name}`);
  return runTool(tool, args, { workspace: scratch.workspace, signal: neverSignal, idempotencyKey: 'k' });
};

const openDescriptors = (): number => readdirSync('/proc/self/fd').length;

describe('paths that try to leave', () => {
  it.each([
    ['../outside/canary.txt', 'parent'],
    ['..', 'parent'],
    ['a/../../outside/canary.txt', 'parent'],
    ['./.././outside/canary.txt', 'parent'],
    ['/etc/passwd', 'absolute'],
    ['/', 'absolute'],
    ['/proc/self/environ', 'absolute'],
    ['//etc/passwd', 'absolute'],
    ['~', 'home'],
    ['~root/.ssh/id_rsa', 'home'],
    ['a\0b', 'nul'],
    ['a/x\0/../../etc/passwd', 'nul'],
  ])('%j is refused and counted', async (path, reason) => {
    await scratch.write('a/f', 'inside');
    expect(await outcome(path)).toBe('outside_workspace');
    expect(scratch.refusals).toHaveLength(1);
    expect(scratch.refusals[0]).toMatchObject({ type: 'path_traversal', reason });
  });

  it('refuses a neighbour whose name begins like the root', async () => {
    await mkdir(`${scratch.root}-twin`);
    await writeFile(`${scratch.root}-twin/f`, canary);
    expect(await outcome(`${scratch.root}-twin/f`)).toBe('outside_workspace');
    expect(await outcome(`${scratch.root}/../root-twin/f`)).toBe('outside_workspace');
  });

  it('refuses malformed paths without counting them as attempts', async () => {
    for (const path of ['', 'a//b', `${'x/'.repeat(3000)}y`, 'a\ud800'])
      expect(await outcome(path)).toBe('bad_arguments');
    expect(await outcome('x'.repeat(300))).toBe('bad_arguments');
    expect(scratch.refusals).toEqual([]);
  });

  it('takes the many ways of writing a path inside', async () => {
    await scratch.write('a/f.txt', 'inside');
    await scratch.write('~note', 'tilde');
    await scratch.write('…/ünï\u202e/f', 'unicode');
    for (const path of ['a/f.txt', './a/f.txt', 'a/../a/f.txt', 'a/./f.txt', `${scratch.root}/a/f.txt`])
      expect(await outcome(path)).toBe('inside');
    expect(await outcome('./~note')).toBe('tilde');
    expect(await outcome('…/ünï\u202e/f')).toBe('unicode');
    for (const path of ['.', './', scratch.root, `${scratch.root}/`, 'a/', 'a/..'])
      await expect(scratch.workspace.withDirectory(path, async () => 'ok')).resolves.toBe('ok');
    expect(scratch.refusals).toEqual([]);
  });

  it('knows the root under its aliases and through the link that an operator placed', async () => {
    await scratch.write('f', 'inside');
    const placed = join(dirname(scratch.root), 'placed');
    await symlink(scratch.root, placed);
    const workspace = await Workspace.open(placed, { aliases: ['/workspace'] });
    for (const path of ['/workspace/f', `${placed}/f`, `${scratch.root}/f`])
      expect(await outcome(path, workspace)).toBe('inside');
    expect(await outcome('/workspace/../f', workspace)).toBe('outside_workspace');
    expect(await outcome('/workspaces/f', workspace)).toBe('outside_workspace');
    workspace.close();
  });
});

describe('links', () => {
  it('refuses each that leads out, wherever in the path, and counts it', async () => {
    await scratch.link('passwd', '/etc/passwd');
    await scratch.link('etc', '/etc');
    await scratch.link('up', '../outside');
    await scratch.link('d/deep', '../../outside/canary.txt');
    await scratch.link('chain', 'chain2');
    await scratch.link('chain2', 'up/canary.txt');
    await scratch.link('proc', '/proc/self/root');
    for (const path of ['passwd', 'etc/passwd', 'up/canary.txt', 'd/deep', 'chain', 'proc/etc/passwd'])
      expect(await outcome(path)).toBe('outside_workspace');
    expect(scratch.refusals.map(({ reason }) => reason)).toEqual(Array.from({ length: 6 }, () => 'link'));
  });

  it('does not tell where a link that leads out leads to', async () => {
    await scratch.link('out', '/very/secret/place');
    await expect(read('out')).rejects.toThrow(
      /^out is, or passes through, a link that leads out of the workspace$/,
    );
  });

  it('follows those that stay inside: relative, absolute, through folders and chains', async () => {
    await scratch.write('real/f', 'inside');
    await scratch.link('rel', 'real/f');
    await scratch.link('dir', './/real/');
    await scratch.link('x/abs', join(scratch.root, 'real', 'f'));
    await scratch.link('x/back', '../dir/f');
    await scratch.link('self', '.');
    for (const path of ['rel', 'dir/f', 'x/abs', 'x/back', 'self/self/self/real/f', 'dir/../real/f'])
      expect(await outcome(path)).toBe('inside');
    expect(scratch.refusals).toEqual([]);
  });

  it('ends on loops and on chains that are too long', async () => {
    await scratch.link('a', 'b');
    await scratch.link('b', 'a');
    await scratch.link('me', 'me');
    await scratch.link('grow', 'grow/grow');
    for (const path of ['a', 'me', 'me/x', 'grow']) expect(await outcome(path)).toBe('limit');
    for (let n = 0; n < 20; n++) await scratch.link(`c${n}`, `c${n + 1}`);
    expect(await outcome('c0')).toBe('limit');
  });

  it('says that a dangling link does not exist', async () => {
    await scratch.link('gone', 'nowhere');
    expect(await outcome('gone')).toBe('not_found');
  });

  it('are never followed by walks', async () => {
    await scratch.write('in/f', 'needle');
    await scratch.link('out', dirname(scratch.canaryFile));
    await scratch.link('in/loop', '..');
    await scratch.link('file-link', scratch.canaryFile);
    for (const name of ['grep_search', 'file_search', 'tree_view', 'list_directory']) {
      const result = await call(name, name.endsWith('search') ? { pattern: 'CANARY|canary*' } : {});
      expect(result).toMatchObject({ kind: 'ok' });
      expect(JSON.stringify(result)).not.toContain('must-stay-outside');
      expect(JSON.stringify(result)).not.toContain('canary.txt');
    }
  });
});

describe('races', () => {
  // Run by a process of its own; `root` and `outside` are its arguments.
  const attacks: Readonly<Record<string, string>> = {
    'a file and a link to the canary change places': `
      fs.renameSync(root + '/d/f', root + '/d/g');
      fs.symlinkSync(outside + '/canary.txt', root + '/d/f');
      fs.unlinkSync(root + '/d/f');
      fs.renameSync(root + '/d/g', root + '/d/f');`,
    'a folder and a link to the folder outside change places': `
      fs.renameSync(root + '/d', root + '/e');
      fs.symlinkSync(outside, root + '/d');
      fs.unlinkSync(root + '/d');
      fs.renameSync(root + '/e', root + '/d');`,
  };

  it.each(Object.keys(attacks))('never lose when %s', async (name) => {
    await scratch.write('d/f', 'inside');
    await scratch.write('d/canary.txt', 'inside');
    const program = `
      const fs = require('node:fs');
      const [, root, outside] = process.argv;
      const endMs = Date.now() + 1500;
      while (Date.now() < endMs) { ${attacks[name]} }`;
    const attacker = spawn(process.execPath, ['-e', program, scratch.root, dirname(scratch.canaryFile)]);
    const race = { isOver: false };
    const ended = new Promise<number | null>((resolve) => attacker.on('exit', resolve)).finally(
      () => (race.isOver = true),
    );
    const outcomes = new Map<string, number>();
    while (!race.isOver) {
      const results = await Promise.all([outcome('d/f'), outcome('d/canary.txt'), grepCanary()]);
      for (const result of results) outcomes.set(result, (outcomes.get(result) ?? 0) + 1);
      await setImmediate();
    }
    expect(await ended).toBe(0);
    expect(
      [...outcomes.keys()].filter((key) => !['inside', 'not_found', 'outside_workspace'].includes(key)),
    ).toEqual([]);
    expect(outcomes.get('inside') ?? 0).toBeGreaterThan(0);
    expect((outcomes.get('not_found') ?? 0) + (outcomes.get('outside_workspace') ?? 0)).toBeGreaterThan(0);
  });

  const grepCanary = async (): Promise<string> => {
    const result = await call('grep_search', { pattern: canary });
    return result.kind === 'ok' && !result.content.includes(canary) ? 'inside' : JSON.stringify(result);
  };

  it('a root that is renamed and replaced stays the folder that was opened', async () => {
    await scratch.write('f', 'inside');
    await rename(scratch.root, `${scratch.root}-moved`);
    await symlink(dirname(scratch.canaryFile), scratch.root);
    expect(await outcome('f')).toBe('inside');
    expect(await outcome('canary.txt')).toBe('not_found');
    await rm(scratch.root);
  });
});

describe('things that are not files', () => {
  it('refuses a FIFO at once, a socket and a device', async () => {
    execFileSync('mkfifo', [join(scratch.root, 'fifo')]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(scratch.root, 'sock'), resolve));
    const startMs = performance.now();
    expect(await outcome('fifo')).toBe('wrong_type');
    expect(await outcome('sock')).toBe('wrong_type');
    await scratch.link('null', '/dev/null');
    expect(await outcome('null')).toBe('outside_workspace');
    expect(await call('grep_search', { pattern: 'x' })).toMatchObject({
      kind: 'ok',
      content: '… no match in 0 files',
    });
    expect(await call('list_directory', {})).toMatchObject({
      content: expect.stringContaining('fifo  (not a regular file)'),
    });
    expect(performance.now() - startMs).toBeLessThan(15_000);
    await new Promise((resolve) => server.close(resolve));
  });

  it('refuses a device node inside the workspace', async () => {
    try {
      execFileSync('mknod', [join(scratch.root, 'zero'), 'c', '1', '5'], { stdio: 'ignore' });
    } catch {
      return; // only root may make devices
    }
    expect(await outcome('zero')).toBe('wrong_type');
    expect(await call('tree_view', {})).toMatchObject({ content: 'zero (not a regular file)' });
  });
});

describe('descriptors', () => {
  it('are all closed, whatever happens', async () => {
    await scratch.write('a/b/f', 'inside');
    await scratch.link('out', '/etc');
    await scratch.link('loop', 'loop');
    await read('a/b/f');
    const before = openDescriptors();
    for (let n = 0; n < 50; n++) {
      await Promise.all(
        ['a/b/f', 'out/x', 'loop', 'a/b/../../..', 'a/b/none', 'a', 'a/b/f/x'].map((path) => outcome(path)),
      );
      await call('grep_search', { pattern: 'inside', max_results: 1 });
      await call('tree_view', {});
      await scratch.workspace.withFile('a/b/f', () => Promise.reject(new Error('x'))).catch(() => undefined);
    }
    expect(openDescriptors()).toBe(before);
  });

  it('closing lets what is in use end and refuses what comes later', async () => {
    await scratch.write('f', 'inside');
    const workspace = await Workspace.open(scratch.root);
    const before = openDescriptors();
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const inUse = workspace.withFile('f', async (file) => {
      await gate;
      return textOf(file);
    });
    await setImmediate();
    workspace.close();
    await expect(workspace.withFile('f', textOf)).rejects.toThrow('closed');
    expect(openDescriptors()).toBeGreaterThanOrEqual(before);
    release();
    expect(await inUse).toBe('inside');
    expect(openDescriptors()).toBe(before - 1);
    workspace.close();
    expect(openDescriptors()).toBe(before - 1);
  });
});

describe('opening', () => {
  it('fails for what is not a folder', async () => {
    await expect(Workspace.open(scratch.canaryFile)).rejects.toThrow();
    await expect(Workspace.open(join(scratch.root, randomUUID()))).rejects.toThrow(/ENOENT/);
    await expect(Workspace.open(scratch.canaryFile, { pinning: 'path' })).rejects.toThrow('must be a folder');
  });
});
