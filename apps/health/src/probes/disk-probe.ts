import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Probe } from './probe';

/** The numbers of statfs that count. */
export interface FileSystemRoom {
  readonly bsize: number;
  readonly blocks: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
}

const minFreeShare = 0.05;

/** Whether there is room for the threads' workspaces: bytes and inodes. */
export function diskProbe(root: string, room: (path: string) => Promise<FileSystemRoom> = statfs): Probe {
  return {
    name: 'disk',
    isCritical: false,
    run: async () => {
      const { bsize, blocks, bavail, files, ffree } = await roomAt(root, room);
      const freeShare = blocks > 0 ? bavail / blocks : 1;
      // Some file systems make inodes as they need them and tell 0.
      const freeInodes = files > 0 ? ffree / files : 1;
      const free = `${((bavail * bsize) / 1_073_741_824).toFixed(1)} GiB (${percent(freeShare)}) free`;
      const inodes = freeInodes < minFreeShare ? `, ${percent(freeInodes)} of the inodes free` : '';
      return {
        isHealthy: freeShare >= minFreeShare && freeInodes >= minFreeShare,
        detail: `workspaces: ${free}${inodes}`,
      };
    },
  };
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** The folder is made when the first thread needs it; until then its parent's file system is the one it will be on. */
async function roomAt(
  path: string,
  room: (path: string) => Promise<FileSystemRoom>,
): Promise<FileSystemRoom> {
  try {
    return await room(path);
  } catch (error) {
    const parent = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === path) throw error;
    return roomAt(parent, room);
  }
}
