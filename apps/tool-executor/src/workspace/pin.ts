import { constants, type Stats } from 'node:fs';
import { lstat, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
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
 * H4 A sealed folder is never entered, and what stands above it is neither moved nor deleted, by whatever name it is reached.
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
  /** A second pin of a folder, to be closed by itself. */
  pinAgain(folder: Pin): Promise<Pin>;
  /** Right before a name in a pinned folder is changed. @throws ESTALE when its path no longer leads to it */
  confirm(folder: Pin): Promise<void>;
  /** Whether a folder is one that no tool may move or delete, because of what lies below it. */
  isFixed(folder: Pin): Promise<boolean>;
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
  pinAgain: (folder) => pinDescriptor(`${folder.path}/.`, O_DIRECTORY),
  confirm: async () => undefined,
  isFixed: async () => false,
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

async function confirmPath({ path, device, inode }: Pin): Promise<void> {
  const now = await pinPath(path);
  if (now.device !== device || now.inode !== inode || (await realpath(path)) !== path)
    throw new ReplacedError('replaced before it was changed');
}

export const pathPinning: Pinning = {
  name: 'path',
  pinRoot: pinPath,
  pinChild: (parent, name) => pinPath(`${parent.path}/${name}`),
  openPinned: openUnchanged,
  pinAgain: async (folder) => folder,
  confirm: confirmPath,
  isFixed: async () => false,
};

class SealedError extends Error {
  readonly code = 'EACCES';
}

/**
 * A pinning that never enters certain folders, by whatever name or link they are reached: a workspace may hold the runtime's own
 * data, with its keys.
 */
export async function sealing(pinning: Pinning, sealed: readonly string[]): Promise<Pinning> {
  const identities = await identitiesOf(sealed);
  if (identities.size === 0) return pinning;
  return {
    ...pinning,
    pinChild: async (parent, name) => {
      const pin = await pinning.pinChild(parent, name);
      if (!identities.has(`${pin.device}:${pin.inode}`)) return pin;
      pin.close();
      throw new SealedError('this folder is not for tools');
    },
    isFixed: async (folder) => {
      const above = await identitiesOf(sealed.flatMap(foldersAbove));
      return above.has(`${folder.device}:${folder.inode}`);
    },
  };
}

async function identitiesOf(paths: readonly string[]): Promise<ReadonlySet<string>> {
  const stats = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)));
  return new Set(stats.flatMap((found) => (found === undefined ? [] : [`${found.dev}:${found.ino}`])));
}

function foldersAbove(path: string): readonly string[] {
  const above = dirname(path);
  return above === path ? [] : [above, ...foldersAbove(above)];
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
