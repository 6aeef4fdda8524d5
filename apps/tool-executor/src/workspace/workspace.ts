import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Disk, realDisk } from './disk';
import { type Intents, noIntents } from './intents';
import { OpenDirectory } from './open-directory';
import { OpenFile } from './open-file';
import { EscapeError, type EscapeReason, pathComponents, showPath } from './path-components';
import { type WalkStart, walkTo } from './path-walk';
import { type Pin, type Pinning, pathPinning, sealing, strongestPinning } from './pin';
import { Quota } from './quota';
import { WorkspaceError, asWorkspaceError } from './workspace-error';
import { withWriteLock } from './write-lock';
import { type WriteRecord, pathDigest } from './write-record';
import { Writer } from './writer';

/**
 * The folder that one thread's tools work in. Invariants:
 *
 * R1 Nothing outside the root is opened for a path that a tool gives, however files are swapped meanwhile
 *    (path-walk.ts, pin.ts; with path pinning only as far as stated there). Hard links and mounts that an operator put
 *    below the root count as inside.
 * R2 Only regular files and directories are ever opened.
 * R3 Each attempt to leave is told to `onRefusal` once, whatever the tool makes of the error.
 * R4 The root's descriptor stays open as long as anything is still in use, so its number never means another folder.
 * R5 What is written goes the same way: a name is made, replaced or removed in a folder that was found as in R1, and is never
 *    followed when it is a link (place.ts, change-set.ts, relocation.ts).
 */
export interface Refusal {
  readonly type: 'path_traversal';
  readonly tool: string;
  readonly reason: EscapeReason;
  /** The path as asked for, cut and escaped for one line of a log. */
  readonly path: string;
}

export interface WorkspaceOptions {
  /** Further absolute names of the root, for example where the sandbox mounts it: `/workspace`. */
  readonly aliases?: readonly string[];
  readonly onRefusal?: (refusal: Refusal) => void;
  /** Absolute paths of folders that are never entered, should they lie below the root. */
  readonly sealed?: readonly string[];
  /** What is written with; a test may break it. */
  readonly disk?: Disk;
  /** Shared by all openings of one workspace. */
  readonly quota?: Quota;
  /** Where calls that must not be repeated say what they are about to do. */
  readonly intents?: Intents;
  /** Before and after each change of a file or folder. */
  readonly onWrite?: (record: WriteRecord) => void;
  /** `path` forces the weaker way of systems without /proc; see pin.ts. */
  readonly pinning?: 'strongest' | 'path';
}

/** Where a workspace is on the host: for the sandbox, which holds programs in it by means of its own. */
export interface WorkspaceFolder {
  /** Absolute, links resolved. */
  readonly path: string;
  readonly sealed: readonly string[];
}

export type Target = OpenFile | OpenDirectory;

/** The root's pin together with what is using it. */
class HeldRoot {
  #uses = 0;
  #isClosed = false;

  constructor(
    readonly root: Pin,
    readonly pinning: Pinning,
    readonly roots: readonly string[],
    readonly folder: WorkspaceFolder,
  ) {}

  async use<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new Error('the workspace is closed');
    this.#uses++;
    try {
      return await work();
    } finally {
      this.#uses--;
      this.#letGoWhenIdle();
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#letGoWhenIdle();
  }

  #letGoWhenIdle(): void {
    if (this.#isClosed && this.#uses === 0) this.root.close();
  }
}

type Equipment = Required<Pick<WorkspaceOptions, 'disk' | 'quota' | 'intents' | 'onWrite' | 'onRefusal'>>;

const equipmentOf = (options: WorkspaceOptions): Equipment => ({
  ...{ disk: realDisk, quota: new Quota(), intents: noIntents },
  ...{ onWrite: () => undefined, onRefusal: () => undefined, ...options },
});

/** Whose writes these are. */
export interface WritingCall {
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
}

export class Workspace {
  private constructor(
    private readonly held: HeldRoot,
    private readonly tool: string,
    private readonly equipment: Equipment,
  ) {}

  /**
   * Opens the folder at `rootDir`, which may itself be reached through links: its operator chose it.
   *
   * @throws the system's error when it is missing, or an Error when it is not a folder
   */
  static async open(rootDir: string, options: WorkspaceOptions = {}): Promise<Workspace> {
    const named = resolve(rootDir);
    const real = await realpath(named);
    const strongest = options.pinning === 'path' ? pathPinning : await strongestPinning(real);
    const pinning = await sealing(strongest, options.sealed ?? []);
    const root = await pinning.pinRoot(real);
    if (root.kind !== 'directory') throw new Error('the root of a workspace must be a folder');
    const roots = [...new Set([real, named, ...(options.aliases ?? [])])].filter((name) => name !== '/');
    const folder = { path: real, sealed: options.sealed ?? [] };
    return new Workspace(new HeldRoot(root, pinning, roots, folder), '', equipmentOf(options));
  }

  /** The workspace of tools that use none: nothing was opened for it, and whatever is asked of it is refused. */
  static none(): Workspace {
    const pin: Pin = {
      path: '',
      kind: 'directory',
      device: 0,
      inode: 0,
      sizeBytes: 0,
      close: () => undefined,
    };
    const held = new HeldRoot(pin, pathPinning, [], { path: '', sealed: [] });
    held.close();
    return new Workspace(held, '', equipmentOf({}));
  }

  /** How objects are held fast; `path` is the weaker way. */
  get pinning(): Pinning['name'] {
    return this.held.pinning.name;
  }

  get folder(): WorkspaceFolder {
    return this.held.folder;
  }

  /** The same workspace, naming `tool` in its refusals. */
  forTool(tool: string): Workspace {
    return new Workspace(this.held, tool, this.equipment);
  }

  /** Refuses new work at once; the root is let go when nothing is in use any more. Closing twice is harmless. */
  close(): void {
    this.held.close();
  }

  /**
   * Opens the file or directory at `path` for the time of `use`. Links that stay inside are followed.
   *
   * @throws WorkspaceError (`not_found`, `outside_workspace`, `bad_arguments`, `wrong_type`, `access_denied`, `limit`)
   */
  async withTarget<T>(path: string, use: (target: Target) => Promise<T>): Promise<T> {
    return this.held.use(async () => {
      const pin = await this.#find(path);
      try {
        const target = await this.#open(pin ?? this.held.root, path);
        if (target.kind === 'directory') return await use(target);
        return await use(target).finally(() => target.close());
      } finally {
        pin?.close();
      }
    });
  }

  /** As `withTarget`, for files only: a directory is `wrong_type`. */
  withFile<T>(path: string, use: (file: OpenFile) => Promise<T>): Promise<T> {
    return this.withTarget(path, (target) => {
      if (target.kind === 'file') return use(target);
      throw new WorkspaceError('wrong_type', `${showPath(path)} is a folder, not a file`);
    });
  }

  /** As `withTarget`, for directories only: a file is `wrong_type`. */
  withDirectory<T>(path: string, use: (directory: OpenDirectory) => Promise<T>): Promise<T> {
    return this.withTarget(path, (target) => {
      if (target.kind === 'directory') return use(target);
      throw new WorkspaceError('wrong_type', `${showPath(path)} is a file, not a folder`);
    });
  }

  /**
   * Changes the workspace. No other writer of this process is at work in it meanwhile; whoever reads is not held up.
   *
   * @throws WorkspaceError; the signal's reason while it waits its turn
   */
  write<T>(call: WritingCall, work: (writer: Writer) => Promise<T>): Promise<T> {
    const { root } = this.held;
    return this.held.use(() =>
      withWriteLock(`${root.device}:${root.inode}`, call.signal, async () => {
        const writer = new Writer(this.#scope(call));
        try {
          return await work(writer);
        } catch (error) {
          await writer.undoFolders();
          throw error;
        } finally {
          writer.close();
        }
      }),
    );
  }

  /**
   * The path relative to the root, without "." and a closing "/"; "" is the root. ".." stays, for behind a link it
   * leads elsewhere than the text suggests.
   */
  relativePath(path: string): string {
    return pathComponents(path, this.held.roots)
      .filter((component) => component !== '.')
      .join('/');
  }

  #scope({ idempotencyKey: callKey, signal }: WritingCall): ConstructorParameters<typeof Writer>[0] {
    const { held, tool, equipment } = this;
    const { root, pinning, roots } = held;
    return {
      ...equipment,
      ...{ callKey, signal, pinning, quotaRoot: { pin: root, pinning, signal } },
      components: (asked) => this.#components(asked),
      walk: (components, asked, make) =>
        this.#walk({ root, pinning, roots, ...(make && { make }) }, components, asked),
      pathDigest: (asked) => pathDigest(this.relativePath(asked)),
      record: (record) => equipment.onWrite({ ...record, tool, call: callKey }),
    };
  }

  #components(path: string): readonly string[] {
    try {
      return pathComponents(path, this.held.roots);
    } catch (error) {
      this.#report(error, path);
      throw error;
    }
  }

  async #walk(start: WalkStart, components: readonly string[], path: string): Promise<Pin | undefined> {
    try {
      return await walkTo(start, components, path);
    } catch (error) {
      this.#report(error, path);
      throw error;
    }
  }

  #report(error: unknown, path: string): void {
    if (!(error instanceof EscapeError)) return;
    const { reason } = error;
    this.equipment.onRefusal({ type: 'path_traversal', tool: this.tool, reason, path: showPath(path) });
  }

  async #find(path: string): Promise<Pin | undefined> {
    return this.#walk(this.held, this.#components(path), path);
  }

  async #open(pin: Pin, path: string): Promise<Target> {
    if (pin.kind === 'directory') return new OpenDirectory(pin, this.held.pinning);
    if (pin.kind !== 'file')
      throw new WorkspaceError(
        'wrong_type',
        `${showPath(path)} is a device, pipe or socket, not a regular file`,
      );
    try {
      return OpenFile.of(await this.held.pinning.openPinned(pin), showPath(path));
    } catch (error) {
      throw asWorkspaceError(error, showPath(path));
    }
  }
}
