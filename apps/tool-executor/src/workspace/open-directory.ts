import { isUtf8 } from 'node:buffer';
import type { Dirent } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { Descriptor } from './descriptor';
import { isLeftoverName } from './leftovers';
import { OpenFile } from './open-file';
import { type ObjectKind, type Pin, type Pinning, objectKind, openFileFlags } from './pin';
import { printableBytes, printableName } from './printable';
import { WorkspaceError, asWorkspaceError } from './workspace-error';

/** One name in a directory, as it was when the directory was read. */
export interface Entry {
  readonly name: string;
  /** False when the name is not valid UTF-8: `name` is then only for showing, and the entry cannot be opened. */
  readonly isNameValid: boolean;
  readonly kind: ObjectKind;
}

export interface Listing {
  /** By name, in the order of code points. */
  readonly entries: readonly Entry[];
  /** The directory holds more than were read. */
  readonly isCut: boolean;
}

/** A directory of the workspace, held fast; its opener closes it. No method follows a link. */
export class OpenDirectory {
  readonly kind = 'directory';

  constructor(
    private readonly pin: Pin,
    private readonly pinning: Pinning,
  ) {}

  /**
   * Reads at most `maxEntries` names. Which ones of more is the file system's choice.
   *
   * @throws WorkspaceError when the directory may not be read, or is gone
   */
  async list(maxEntries: number, signal: AbortSignal): Promise<Listing> {
    try {
      return await this.#read(maxEntries, signal);
    } catch (error) {
      throw asWorkspaceError(error, 'the folder');
    }
  }

  /** Size in bytes, or undefined when the entry is gone, may not be looked at, or its name cannot be used. */
  async sizeBytes(entry: Entry): Promise<number | undefined> {
    if (!entry.isNameValid) return undefined;
    try {
      return (await lstat(this.#pathOf(entry))).size;
    } catch (error) {
      if (asWorkspaceError(error, '') === error) throw error;
      return undefined;
    }
  }

  /** @throws WorkspaceError when the entry is no longer a regular file or may not be read */
  async withFile<T>(entry: Entry, use: (file: OpenFile) => Promise<T>): Promise<T> {
    const file = await this.#openFile(entry);
    try {
      return await use(file);
    } finally {
      file.close();
    }
  }

  /** @throws WorkspaceError when the entry is no longer a directory or may not be searched */
  async withDirectory<T>(entry: Entry, use: (directory: OpenDirectory) => Promise<T>): Promise<T> {
    const pin = await this.#pinDirectory(entry);
    try {
      return await use(new OpenDirectory(pin, this.pinning));
    } finally {
      pin.close();
    }
  }

  async #read(maxEntries: number, signal: AbortSignal): Promise<Listing> {
    const entries: Entry[] = [];
    // Names come as bytes, which Node's types do not say.
    const stream = await opendir(this.pin.path, { encoding: 'buffer' as BufferEncoding, bufferSize: 512 });
    try {
      for (let entry = await stream.read(); entry !== null; entry = await stream.read()) {
        signal.throwIfAborted();
        const found = entryOf(entry);
        if (isLeftoverName(found.name)) continue;
        if (entries.length === maxEntries) return { entries: sorted(entries), isCut: true };
        entries.push(found);
      }
    } finally {
      await stream.close();
    }
    return { entries: sorted(entries), isCut: false };
  }

  #pathOf(entry: Entry): string {
    if (entry.isNameValid) return `${this.pin.path}/${entry.name}`;
    throw new WorkspaceError('not_found', `${entry.name} cannot be opened`);
  }

  async #openFile(entry: Entry): Promise<OpenFile> {
    const shown = printableName(entry.name);
    try {
      return OpenFile.of(await Descriptor.open(this.#pathOf(entry), openFileFlags), shown);
    } catch (error) {
      throw asWorkspaceError(error, shown);
    }
  }

  async #pinDirectory(entry: Entry): Promise<Pin> {
    const shown = printableName(entry.name);
    this.#pathOf(entry);
    const pin = await this.pinning.pinChild(this.pin, entry.name).catch((error: unknown) => {
      throw asWorkspaceError(error, shown);
    });
    if (pin.kind === 'directory') return pin;
    pin.close();
    throw new WorkspaceError('not_found', `${shown} is no longer a folder`);
  }
}

function entryOf(entry: Dirent): Entry {
  const bytes = Buffer.from(entry.name);
  const isNameValid = isUtf8(bytes);
  return {
    name: isNameValid ? bytes.toString('utf8') : printableBytes(bytes),
    isNameValid,
    kind: objectKind(entry),
  };
}

const sorted = (entries: Entry[]): readonly Entry[] =>
  entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
