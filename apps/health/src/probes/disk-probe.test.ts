import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type FileSystemRoom, diskProbe } from './disk-probe';

const signal = new AbortController().signal;
const roomy: FileSystemRoom = { bsize: 1_048_576, blocks: 102_400, bavail: 51_200, files: 1_000, ffree: 900 };

const lookAt = (room: Partial<FileSystemRoom>) =>
  diskProbe('/w', async () => ({ ...roomy, ...room })).run(signal);

const missing = (path: string) =>
  Object.assign(new Error(`ENOENT: no such file or directory, statfs '${path}'`), { code: 'ENOENT' });

describe('the disk probe', () => {
  it('tells the room that there is', async () => {
    expect(await lookAt({})).toEqual({ isHealthy: true, detail: 'workspaces: 50.0 GiB (50.0 %) free' });
  });

  it('is well at 5 % and not below', async () => {
    expect((await lookAt({ bavail: 5_120 })).isHealthy).toBe(true);
    expect(await lookAt({ bavail: 5_119 })).toMatchObject({ isHealthy: false });
  });

  it('counts inodes too', async () => {
    const finding = await lookAt({ ffree: 49 });
    expect(finding.isHealthy).toBe(false);
    expect(finding.detail).toContain('4.9 % of the inodes free');
  });

  it('bears file systems that count neither inodes nor blocks', async () => {
    expect((await lookAt({ files: 0, ffree: 0 })).isHealthy).toBe(true);
    expect((await lookAt({ blocks: 0, bavail: 0 })).isHealthy).toBe(true);
  });

  it('looks at the parent of a folder that is not there yet', async () => {
    const asked: string[] = [];
    const room = async (path: string): Promise<FileSystemRoom> => {
      asked.push(path);
      if (path !== '/data') throw missing(path);
      return roomy;
    };
    expect((await diskProbe('/data/a/b', room).run(signal)).isHealthy).toBe(true);
    expect(asked).toEqual(['/data/a/b', '/data/a', '/data']);
  });

  it('gives up at the root', async () => {
    const room = (path: string) => Promise.reject(missing(path));
    await expect(diskProbe('/data/a', room).run(signal)).rejects.toThrow("statfs '/'");
  });

  it('lets other faults out', async () => {
    const room = () => Promise.reject(Object.assign(new Error('EACCES'), { code: 'EACCES' }));
    await expect(diskProbe('/data/a', room).run(signal)).rejects.toThrow('EACCES');
  });

  it('reads a real file system', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lumina-disk-'));
    try {
      const { detail } = await diskProbe(join(folder, 'not', 'yet')).run(signal);
      expect(detail).toMatch(/^workspaces: \d+\.\d GiB \(\d+\.\d %\) free/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
