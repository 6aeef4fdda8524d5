import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runTool } from '../tool';
import { tools } from '../tools';
import { Workspace } from './workspace';

describe('folders that are sealed', () => {
  let root: string;
  let workspace: Workspace;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'lumina-sealed-'));
    await mkdir(join(root, 'data/redis'), { recursive: true });
    await writeFile(join(root, 'data/dev-key'), 'canary-of-the-key');
    await writeFile(join(root, 'data/redis/password'), 'canary-of-the-password');
    await writeFile(join(root, 'open.txt'), 'no canary here');
    await symlink('data', join(root, 'link'));
  });

  afterEach(async () => {
    workspace.close();
    await rm(root, { recursive: true, force: true });
  });

  const call = async (name: string, args: Record<string, unknown>): Promise<string> => {
    const tool = tools.find((candidate) => candidate.name === name);
    if (tool === undefined) throw new Error(`no tool ${name}`);
    const context = { workspace, signal: new AbortController().signal, idempotencyKey: 'k' };
    return JSON.stringify(await runTool(tool, args, context));
  };

  it.each(['strongest', 'path'] as const)(
    'cannot be read, listed or searched (%s pinning)',
    async (pinning) => {
      workspace = await Workspace.open(root, { sealed: [join(root, 'data')], pinning });
      for (const path of ['data/dev-key', 'link/dev-key', 'data/redis/password', './data/../data/dev-key']) {
        const answer = await call('read_file', { path });
        expect(answer).toContain('"kind":"error"');
        expect(answer).not.toContain('canary-of');
      }
      expect(await call('list_directory', { path: 'data' })).toContain('"kind":"error"');
      const found = await call('grep_search', { pattern: 'canary', include_ignored: true });
      expect(found).toContain('open.txt');
      expect(found).not.toContain('canary-of');
      expect(await call('tree_view', {})).not.toContain('password');
      expect(await call('file_search', { pattern: '**/password' })).not.toContain('redis/password');
    },
  );

  it('are entered like any other when nothing is sealed, or what is sealed does not exist', async () => {
    workspace = await Workspace.open(root, { sealed: [join(root, 'no-such-folder')] });
    expect(await call('read_file', { path: 'data/dev-key' })).toContain('canary-of-the-key');
  });
});
