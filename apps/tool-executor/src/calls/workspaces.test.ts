import { mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Refusal, Workspace } from '../workspace';
import { Workspaces } from './workspaces';

describe('Workspaces', () => {
  let parent: string;
  let root: string;
  const refusals: Refusal[] = [];

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'lumina-workspaces-'));
    root = join(parent, 'root');
  });
  afterEach(() => rm(parent, { recursive: true, force: true }));

  async function within<Result>(
    thread: string,
    use: (workspace: Workspace) => Promise<Result>,
  ): Promise<Result> {
    const workspace = await new Workspaces(root, { onRefusal: (refusal) => refusals.push(refusal) }).open(
      thread,
    );
    try {
      return await use(workspace);
    } finally {
      workspace.close();
    }
  }

  it("makes a thread's folder when it is first needed, for its owner only", async () => {
    await within('t1', async () => undefined);
    expect(await readdir(root)).toEqual(['t1']);
    expect((await stat(join(root, 't1'))).mode & 0o777).toBe(0o700);
  });

  it('keeps what is in a folder that is there already, and goes by /workspace too', async () => {
    await mkdir(join(root, 't1'), { recursive: true });
    await writeFile(join(root, 't1', 'a.txt'), 'kept');
    const sizeOf = (path: string) =>
      within('t1', (workspace) => workspace.withFile(path, async (file) => file.sizeBytes));
    expect(await sizeOf('a.txt')).toBe(4);
    expect(await sizeOf('/workspace/a.txt')).toBe(4);
  });

  it('opens a link that the operator put in place of a folder', async () => {
    await mkdir(join(parent, 'project'), { recursive: true });
    await mkdir(root);
    await writeFile(join(parent, 'project', 'a.txt'), 'linked');
    await symlink(join(parent, 'project'), join(root, 't1'));
    expect(
      await within('t1', (workspace) => workspace.withFile('a.txt', async (file) => file.sizeBytes)),
    ).toBe(6);
  });

  it('opens many times at once without a quarrel', async () => {
    await Promise.all(Array.from({ length: 20 }, () => within('t1', async () => undefined)));
    expect(await readdir(root)).toEqual(['t1']);
  });

  it.each(['', '..', '.', '../t1', 'a/b', '/etc', '-rf', 'a\0b', 'a'.repeat(129), 'ä'])(
    'refuses %j as a name, and makes nothing',
    async (thread) => {
      await expect(within(thread, async () => undefined)).rejects.toThrow(/no name that a folder could have/);
      expect(await readdir(parent)).toEqual([]);
    },
  );

  it('refuses a thread whose place is taken by a file', async () => {
    await mkdir(root);
    await writeFile(join(root, 't1'), '');
    await expect(within('t1', async () => undefined)).rejects.toThrow(/folder/);
  });

  it('tells of each attempt to leave', async () => {
    await within('t1', async (workspace) => {
      const leaving = workspace.forTool('read_file').withFile('../t2/a.txt', async () => 'read');
      await expect(leaving).rejects.toThrow();
    });
    expect(refusals).toMatchObject([{ type: 'path_traversal', tool: 'read_file' }]);
  });
});
