import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import type { Descriptor } from './descriptor';
import type { Attributes } from './disk';
import { showPath } from './path-components';
import type { Pin, Pinning } from './pin';
import { formatBytes } from './printable';
import { WorkspaceError, asWorkspaceError, systemErrorCode } from './workspace-error';

/** What a file was when it was looked at. */
export interface Snapshot extends Attributes {
  readonly sizeBytes: number;
  /** SHA-256 of the content, in hex. */
  readonly digest: string;
  /** Changes whenever the file is written to, replaced, or given other attributes. */
  readonly version: string;
  /** Stays the same for one object, under whatever name. */
  readonly identity: string;
}

export interface ReadSnapshot extends Snapshot {
  readonly bytes: Buffer;
}

/** Of a file that was not there before. */
export const newFileAttributes: Attributes = { mode: 0o644 };

const chunkBytes = 256 * 1024;

export const versionOf = (stats: BigIntStats): string =>
  [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs, stats.mode].join(':');

/** The time of birth tells a new object apart that was given the number of one that is gone. */
export const identityOf = (stats: BigIntStats): string => [stats.dev, stats.ino, stats.birthtimeNs].join(':');

/**
 * A name in a folder of the workspace that is held fast: where something is, or may come to be. The name is one component and
 * never "." or "..", so whatever happens to it happens in that folder. No method follows a link.
 */
export class Place {
  constructor(
    readonly folder: Pin,
    readonly name: string,
    /** The path as it was asked for. */
    readonly asked: string,
    private readonly pinning: Pinning,
  ) {}

  /** For messages. */
  get shown(): string {
    return showPath(this.asked);
  }

  /** What to give system calls. */
  get path(): string {
    return `${this.folder.path}/${this.name}`;
  }

  /** The same for two ways of writing one place. */
  get key(): string {
    return `${this.folder.device}:${this.folder.inode}/${this.name}`;
  }

  besides(name: string): string {
    return `${this.folder.path}/${name}`;
  }

  /** Another name in the same folder. */
  named(name: string): Place {
    return new Place(this.folder, name, this.asked, this.pinning);
  }

  /** Pins what is there; the caller closes it. Undefined: nothing is. */
  async find(): Promise<Pin | undefined> {
    try {
      return await this.pinning.pinChild(this.folder, this.name);
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return undefined;
      throw asWorkspaceError(error, this.shown);
    }
  }

  /** Undefined: nothing is there. */
  async stats(): Promise<BigIntStats | undefined> {
    try {
      return await lstat(this.path, { bigint: true });
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return undefined;
      throw asWorkspaceError(error, this.shown);
    }
  }

  /** Right before the name is changed. @throws WorkspaceError when the folder is no longer where it was */
  async confirm(): Promise<void> {
    await this.pinning.confirm(this.folder).catch((error: unknown) => {
      throw asWorkspaceError(error, this.shown);
    });
  }

  /** The regular file that is there, in full; undefined when nothing is. @throws WorkspaceError, `limit` when it is larger */
  async read(maxBytes: number, signal: AbortSignal): Promise<ReadSnapshot | undefined> {
    const chunks: Buffer[] = [];
    const snapshot = await this.snapshot(signal, {
      maxBytes,
      take: (chunk) => void chunks.push(chunk),
    });
    return snapshot && { ...snapshot, bytes: Buffer.concat(chunks) };
  }

  /** As `read`, without keeping the content. */
  async snapshot(signal: AbortSignal, options: SnapshotOptions = {}): Promise<Snapshot | undefined> {
    const pin = await this.find();
    if (pin === undefined) return undefined;
    try {
      if (pin.kind !== 'file') throw new WorkspaceError('wrong_type', `${this.shown} ${notAFile[pin.kind]}`);
      const file = await this.pinning.openPinned(pin);
      return await readFile(file, { shown: this.shown, signal, ...options }).finally(() => file.close());
    } catch (error) {
      throw asWorkspaceError(error, this.shown);
    } finally {
      pin.close();
    }
  }
}

export const notAFile = {
  directory: 'is a folder, not a file',
  link: 'is a link; only files themselves are written: use the path that it leads to',
  other: 'is a device, pipe or socket, not a regular file',
} as const;

export interface SnapshotOptions {
  readonly maxBytes?: number;
  readonly take?: (chunk: Buffer) => void;
}

interface Reading extends SnapshotOptions {
  readonly shown: string;
  readonly signal: AbortSignal;
}

async function readFile(
  file: Descriptor,
  { shown, signal, maxBytes = Infinity, take }: Reading,
): Promise<Snapshot> {
  const stats = file.exactStat();
  if (!stats.isFile()) throw new WorkspaceError('wrong_type', `${shown} is not a regular file`);
  const hash = createHash('sha256');
  let total = 0;
  for (;;) {
    signal.throwIfAborted();
    if (total > maxBytes || stats.size > maxBytes)
      throw new WorkspaceError('limit', `${shown} is larger than ${formatBytes(maxBytes)}`);
    const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, Number(stats.size) + 1));
    const bytesRead = await file.read(chunk, total);
    if (bytesRead === 0) break;
    total += bytesRead;
    hash.update(chunk.subarray(0, bytesRead));
    take?.(chunk.subarray(0, bytesRead));
  }
  return {
    ...{ sizeBytes: total, digest: hash.digest('hex') },
    ...{ version: versionOf(stats), identity: identityOf(stats) },
    mode: Number(stats.mode & 0o777n),
    owner: { uid: Number(stats.uid), gid: Number(stats.gid) },
  };
}
