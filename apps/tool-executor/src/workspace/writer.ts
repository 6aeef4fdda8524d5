import { type FileChange, applyChanges } from './change-set';
import { clearLeftovers } from './clearing';
import { isLeftoverName } from './leftovers';
import { showPath } from './path-components';
import type { Pin } from './pin';
import { Place } from './place';
import { type Deletion, type Move, type Removed, type Subject, move, remove } from './relocation';
import { type Settlement, settle } from './settlement';
import { WorkspaceError, asWorkspaceError, systemErrorCode } from './workspace-error';
import type { WriteScope } from './write-scope';

interface MadeFolder {
  readonly parent: Pin;
  readonly name: string;
}

/** Changes a workspace on behalf of one call, which has the workspace's write lock as long as it has this. */
export class Writer {
  readonly #scope: WriteScope;
  readonly #pins: Pin[] = [];
  readonly #made: MadeFolder[] = [];
  readonly #root: Pin;
  readonly #clearedFolders = new Set<string>();

  constructor(scope: Omit<WriteScope, 'madeFolders'>) {
    this.#scope = { ...scope, madeFolders: () => this.#made.length };
    this.#root = scope.quotaRoot.pin;
  }

  /**
   * The place that a path names, whether anything is there or not. It is good until the writer's work ends. What an earlier
   * attempt at this call left beside it is cleared away first: so whatever is read there afterwards stays as it is read.
   *
   * @throws WorkspaceError; `not_found` when its folder does not exist
   */
  async place(asked: string): Promise<Place> {
    return this.#cleared(await this.#place(asked, false));
  }

  /** As `place`, making the folders that are missing on the way; they are taken back if the call fails. */
  async newPlace(asked: string): Promise<Place> {
    return this.#cleared(await this.#place(asked, true));
  }

  /** See change-set.ts; `answer` is for calls that must not be repeated. */
  apply(changes: readonly FileChange[], answer?: string): Promise<void> {
    return applyChanges(this.#scope, changes, answer);
  }

  /** Answers with what was moved. */
  move(moved: Move, answer: string): Promise<Subject> {
    return move(this.#scope, moved, answer);
  }

  remove(deletion: Deletion, answerOf: (subject: Subject) => string): Promise<Removed> {
    return remove(this.#scope, deletion, answerOf);
  }

  /** What became of an earlier attempt at this call. */
  settle(): Promise<Settlement> {
    return settle(this.#scope, async (asked) => {
      try {
        return await this.#place(asked, false);
      } catch (error) {
        if (error instanceof WorkspaceError && error.type === 'not_found') return undefined;
        throw error;
      }
    });
  }

  /** Takes back the folders that were made, as far as they are empty. */
  async undoFolders(): Promise<void> {
    for (const { parent, name } of this.#made.toReversed())
      await this.#scope.disk.rmdir(`${parent.path}/${name}`).catch(() => undefined);
  }

  close(): void {
    for (const pin of [...this.#pins, ...this.#made.map(({ parent }) => parent)]) pin.close();
  }

  async #cleared(place: Place): Promise<Place> {
    const folder = `${place.folder.device}:${place.folder.inode}`;
    if (!this.#clearedFolders.has(folder)) await clearLeftovers(place.folder, this.#scope);
    this.#clearedFolders.add(folder);
    return place;
  }

  async #place(asked: string, makesFolders: boolean): Promise<Place> {
    const components = this.#scope.components(asked).filter((component) => component !== '.');
    const name = components.at(-1);
    if (name === undefined)
      throw new WorkspaceError(
        'bad_arguments',
        `${showPath(asked)} is the workspace itself; name what is in it`,
      );
    const isPlain = !components.includes('..');
    const above = name === '..' ? components : components.slice(0, -1);
    const make = makesFolders && isPlain ? this.#make : undefined;
    const folder = await this.#scope.walk(above, asked, make);
    if (folder !== undefined) this.#pins.push(folder);
    if (name === '..' || isLeftoverName(name))
      throw new WorkspaceError('bad_arguments', `${showPath(asked)} must end in a name of your own`);
    if (folder !== undefined && folder.kind !== 'directory')
      throw new WorkspaceError(
        'not_found',
        `${showPath(asked)} does not exist: a part of the path is not a folder`,
      );
    return new Place(folder ?? this.#root, name, asked, this.#scope.pinning);
  }

  readonly #make = async (parent: Pin, name: string): Promise<void> => {
    const { pinning, disk } = this.#scope;
    const again = await pinning.pinAgain(parent);
    try {
      await pinning.confirm(again);
      await disk.mkdir(`${again.path}/${name}`);
      this.#made.push({ parent: again, name });
    } catch (error) {
      again.close();
      if (systemErrorCode(error) !== 'EEXIST') throw asWorkspaceError(error, name);
    }
  };
}
