import { constants } from 'node:fs';
import { type FileHandle, chmod, link, mkdir, open, rename, rmdir, unlink } from 'node:fs/promises';

/**
 * Everything that a workspace does to a disk. One port, so that a test can make any single step fail or kill the process at it.
 *
 * No method follows a link in the last component of a path; what stands before it goes through a pinned folder (pin.ts).
 */
export interface Disk {
  /** A new empty file that only its owner may use. @throws EEXIST when the name is taken, by a link too */
  create(path: string): Promise<NewFile>;
  /** A second name for a file. @throws EEXIST when the name is taken */
  link(existing: string, path: string): Promise<void>;
  /** Replaces a file at `to`. */
  rename(from: string | Buffer, to: string): Promise<void>;
  unlink(path: string | Buffer): Promise<void>;
  mkdir(path: string): Promise<void>;
  rmdir(path: string): Promise<void>;
  /** Lets the owner of a folder change what is in it. */
  unlock(folder: string): Promise<void>;
  /** Makes the names in a folder last. */
  syncFolder(path: string): Promise<void>;
}

export interface Attributes {
  /** Permission bits. */
  readonly mode: number;
  /** Absent: whoever writes. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

export interface NewFile {
  write(chunk: Buffer): Promise<void>;
  /** Gives it its attributes, as far as this process may, and makes its content last. */
  finish(attributes: Attributes): Promise<void>;
  close(): Promise<void>;
}

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_DIRECTORY } = constants;

async function writeAll(handle: FileHandle, chunk: Buffer): Promise<void> {
  for (let written = 0; written < chunk.length;)
    written += (await handle.write(chunk, written, chunk.length - written)).bytesWritten;
}

async function finish(handle: FileHandle, { mode, owner }: Attributes): Promise<void> {
  const { uid, gid } = await handle.stat();
  // Only root may give a file away; for anybody else a replaced file becomes the writer's own.
  if (owner !== undefined && (owner.uid !== uid || owner.gid !== gid))
    await handle.chown(owner.uid, owner.gid).catch(() => undefined);
  await handle.chmod(mode & 0o777);
  await handle.sync();
}

export const realDisk: Disk = {
  async create(path) {
    const handle = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    return {
      write: (chunk) => writeAll(handle, chunk),
      finish: (attributes) => finish(handle, attributes),
      close: () => handle.close(),
    };
  },
  link,
  rename,
  unlink,
  mkdir: async (path) => {
    await mkdir(path, 0o755);
  },
  rmdir,
  unlock: (folder) => chmod(folder, 0o700),
  async syncFolder(path) {
    const handle = await open(path, O_RDONLY | O_DIRECTORY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};
