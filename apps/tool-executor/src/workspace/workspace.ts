import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { OpenDirectory } from './open-directory';
import { OpenFile } from './open-file';
import { EscapeError, type EscapeReason, pathComponents, showPath } from './path-components';
import { walkTo } from './path-walk';
import { type Pin, type Pinning, pathPinning, sealing, strongestPinning } from './pin';
import { WorkspaceError, asWorkspaceError } from './workspace-error';

/**
 * The folder that one thread's tools work in. Invariants:
 *
 * R1 Nothing outside the root is opened for a path that a tool gives, however files are swapped meanwhile
 *    (path-walk.ts, pin.ts; with path pinning only as far as stated there). Hard links and mounts that an operator put
 *    below the root count as inside.
 * R2 Only regular files and directories are ever opened.
 * R3 Each attempt to leave is told to `onRefusal` once, whatever the tool makes of the error.
 * R4 The root's descriptor stays open as long as anything is still in use, so its number never means another folder.
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

export class Workspace {
  private constructor(
    private readonly held: HeldRoot,
    private readonly tool: string,
    private readonly onRefusal: (refusal: Refusal) => void,
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
    return new Workspace(
      new HeldRoot(root, pinning, roots, folder),
      '',
      options.onRefusal ?? (() => undefined),
    );
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
    return new Workspace(this.held, tool, this.onRefusal);
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
   * The path relative to the root, without "." and a closing "/"; "" is the root. ".." stays, for behind a link it
   * leads elsewhere than the text suggests.
   */
  relativePath(path: string): string {
    return pathComponents(path, this.held.roots)
      .filter((component) => component !== '.')
      .join('/');
  }

  async #find(path: string): Promise<Pin | undefined> {
    try {
      return await walkTo(this.held, pathComponents(path, this.held.roots), path);
    } catch (error) {
      if (error instanceof EscapeError)
        this.onRefusal({
          type: 'path_traversal',
          tool: this.tool,
          reason: error.reason,
          path: showPath(path),
        });
      throw error;
    }
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
