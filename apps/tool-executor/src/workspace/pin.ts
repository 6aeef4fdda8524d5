import { constants, type Stats } from 'node:fs';
import { lstat, realpath, stat } from 'node:fs/promises';
import { Descriptor } from './descriptor';

/**
 * Holding file-system objects fast while a path is resolved.
 *
 * H1 A pin stands for one object, found without following a link in its last component.
 * H2 With descriptor pinning (Linux with /proc) `pin.path` goes through an open descriptor: whatever is renamed or
 *    replaced afterwards, it names the same object. O_PATH opens nothing: no FIFO can hang it, no device notices.
 * H3 With path pinning (anywhere else) `pin.path` is the path itself. Each component is still checked, and the opened
 *    file is compared with what was checked; but a program that swaps folders for links between two system calls
 *    may win. Use it only where nothing hostile runs beside the workspace.
 */
export type ObjectKind = 'file' | 'directory' | 'link' | 'other';

export interface Pin {
  /** What to give system calls to mean this object; below a directory: `${path}/${name}`. */
  readonly path: string;
  readonly kind: ObjectKind;
  readonly device: number;
  readonly inode: number;
  close(): void;
}

export interface Pinning {
  readonly name: 'descriptor' | 'path';
  /** The directory at an absolute path that holds no link. */
  pinRoot(path: string): Promise<Pin>;
  pinChild(parent: Pin, name: string): Promise<Pin>;
  /** Opens a pinned regular file for reading. */
  openPinned(pin: Pin): Promise<Descriptor>;
}

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_DIRECTORY } = constants;
// Node does not name O_PATH; the number holds for every Linux that Node supports.
const O_PATH = 0o10000000;

export const openFileFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;

export function objectKind(stats: Pick<Stats, 'isFile' | 'isDirectory' | 'isSymbolicLink'>): ObjectKind {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'link' : 'other';
}

async function pinDescriptor(path: string, flags: number): Promise<Pin> {
  const descriptor = await Descriptor.open(path, O_PATH | O_NOFOLLOW | flags);
  try {
    const stats = descriptor.stat();
    return {
      path: `/proc/self/fd/${descriptor.fd}`,
      kind: objectKind(stats),
      device: stats.dev,
      inode: stats.ino,
      close: () => descriptor.close(),
    };
  } catch (error) {
    descriptor.close();
    throw error;
  }
}

export const descriptorPinning: Pinning = {
  name: 'descriptor',
  pinRoot: (path) => pinDescriptor(path, O_DIRECTORY),
  pinChild: (parent, name) => pinDescriptor(`${parent.path}/${name}`, 0),
  // The descriptor's own link in /proc is followed: it leads to the pinned object and nowhere else.
  openPinned: (pin) => Descriptor.open(pin.path, O_RDONLY | O_NONBLOCK),
};

async function pinPath(path: string): Promise<Pin> {
  const stats = await lstat(path);
  return {
    path,
    kind: objectKind(stats),
    device: stats.dev,
    inode: stats.ino,
    close: () => undefined,
  };
}

class ReplacedError extends Error {
  readonly code = 'ESTALE';
}

async function openUnchanged(pin: Pin): Promise<Descriptor> {
  const descriptor = await Descriptor.open(pin.path, openFileFlags);
  try {
    const opened = descriptor.stat();
    const checked = await pinPath(pin.path);
    const real = await realpath(pin.path);
    const isSame = opened.dev === checked.device && opened.ino === checked.inode && real === pin.path;
    if (!isSame) throw new ReplacedError('replaced while it was opened');
    return descriptor;
  } catch (error) {
    descriptor.close();
    throw error;
  }
}

export const pathPinning: Pinning = {
  name: 'path',
  pinRoot: pinPath,
  pinChild: (parent, name) => pinPath(`${parent.path}/${name}`),
  openPinned: openUnchanged,
};

class SealedError extends Error {
  readonly code = 'EACCES';
}

/**
 * A pinning that never enters certain folders, by whatever name or link they are reached: a workspace may hold the runtime's own
 * data, with its keys.
 */
export async function sealing(pinning: Pinning, sealed: readonly string[]): Promise<Pinning> {
  const stats = await Promise.all(sealed.map((path) => stat(path).catch(() => undefined)));
  const identities = new Set(
    stats.flatMap((found) => (found === undefined ? [] : [`${found.dev}:${found.ino}`])),
  );
  if (identities.size === 0) return pinning;
  return {
    ...pinning,
    pinChild: async (parent, name) => {
      const pin = await pinning.pinChild(parent, name);
      if (!identities.has(`${pin.device}:${pin.inode}`)) return pin;
      pin.close();
      throw new SealedError('this folder is not for tools');
    },
  };
}

/** Descriptor pinning where it works: /proc must be there and lead descriptors back to what they stand for. */
export async function strongestPinning(root: string): Promise<Pinning> {
  if (process.platform !== 'linux') return pathPinning;
  try {
    const pin = await descriptorPinning.pinRoot(root);
    try {
      return (await realpath(pin.path)) === root ? descriptorPinning : pathPinning;
    } finally {
      pin.close();
    }
  } catch {
    return pathPinning;
  }
}
