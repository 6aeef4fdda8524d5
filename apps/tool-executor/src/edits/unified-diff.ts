import { DiffFault } from './diff-fault';
import { type PathPair, gitPaths, headerPath, unquoted, withoutPrefixes } from './diff-path';
import { type Hunk, hunkAt } from './hunk';

/**
 * Reading a unified diff over one file or several, as git, diff and models write them.
 *
 * U1 What it cannot carry out exactly is refused, with the line of the patch: binary changes, links, submodules, copies, changes of
 *    permissions alone. Text around the sections, such as a commit message, is passed over.
 */
export interface FileDiff {
  /** Undefined: the file is created. */
  readonly oldPath: string | undefined;
  /** Undefined: the file is deleted. */
  readonly newPath: string | undefined;
  readonly hunks: readonly Hunk[];
  /** Whether the file can be run afterwards; undefined: as before. */
  readonly isExecutable: boolean | undefined;
}

export type ParsedDiff =
  | { readonly kind: 'ok'; readonly files: readonly FileDiff[] }
  | { readonly kind: 'error'; readonly isBinary: boolean; readonly message: string };

export function parseDiff(patch: string): ParsedDiff {
  const normal = /(^|[^\r])\n/.test(patch) ? patch : patch.replaceAll('\r\n', '\n');
  try {
    const files = new DiffReader(normal.replace(/\n$/, '').split('\n')).files();
    if (files.length > 0) return { kind: 'ok', files };
    return { kind: 'error', isBinary: false, message: `it has no section with "--- " and "+++ "; ${howTo}` };
  } catch (error) {
    if (error instanceof DiffFault)
      return { kind: 'error', isBinary: error.isBinary, message: error.message };
    throw error;
  }
}

const howTo = 'write it as git diff does';

interface Section {
  paths: PathPair | undefined;
  isNew: boolean;
  isDeleted: boolean;
  renamedFrom: string | undefined;
  renamedTo: string | undefined;
  isExecutable: boolean | undefined;
  readonly line: number;
}

class DiffReader {
  #at = 0;

  constructor(private readonly lines: readonly string[]) {}

  files(): readonly FileDiff[] {
    const files: FileDiff[] = [];
    while (this.#at < this.lines.length) {
      if (this.#line().startsWith('diff --git ')) files.push(this.#gitSection());
      else if (this.#isHeader()) files.push(this.#section(this.#emptySection()));
      else if (/^@@ -\d/.test(this.#line())) throw this.#fault('a hunk without "--- " and "+++ " before it');
      else if (/^(GIT binary patch|Binary files )/.test(this.#line())) throw this.#binary();
      else this.#at++;
    }
    return files;
  }

  #line(ahead = 0): string {
    return this.lines[this.#at + ahead] ?? '';
  }

  #fault(message: string): DiffFault {
    return new DiffFault(this.#at, message);
  }

  #binary(): DiffFault {
    return new DiffFault(this.#at, 'changes of binary files cannot be applied', true);
  }

  #isHeader(): boolean {
    return this.#line().startsWith('--- ') && this.#line(1).startsWith('+++ ');
  }

  #emptySection(): Section {
    return {
      ...{ paths: undefined, isNew: false, isDeleted: false, isExecutable: undefined },
      ...{ renamedFrom: undefined, renamedTo: undefined, line: this.#at },
    };
  }

  #gitSection(): FileDiff {
    const section = this.#emptySection();
    section.paths = gitPaths(this.#line().slice('diff --git '.length));
    for (this.#at++; this.#at < this.lines.length; this.#at++) {
      if (this.#isHeader() || !this.#extendedHeader(section)) break;
    }
    return this.#isHeader() ? this.#section(section) : fileDiff(section, []);
  }

  /** Answers false for a line that is none. */
  #extendedHeader(section: Section): boolean {
    const line = this.#line();
    const value = (name: string): string | undefined =>
      line.startsWith(`${name} `) ? line.slice(name.length + 1) : undefined;
    if (/^(GIT binary patch|Binary files )/.test(line)) throw this.#binary();
    if (/^copy (from|to) /.test(line))
      throw this.#fault('copies cannot be applied: use copy_file, then a patch for the copy');
    const mode = value('new file mode') ?? value('new mode') ?? value('deleted file mode');
    if (mode !== undefined) section.isExecutable = this.#executable(mode.trim());
    if (line.startsWith('new file mode ')) section.isNew = true;
    if (line.startsWith('deleted file mode ')) section.isDeleted = true;
    section.renamedFrom ??= this.#path(value('rename from'));
    section.renamedTo ??= this.#path(value('rename to'));
    return /^(index|similarity index|dissimilarity index|old mode|new mode|new file mode|deleted file mode|rename) /.test(
      line,
    );
  }

  #executable(mode: string): boolean {
    if (mode === '100644' || mode === '100755') return mode === '100755';
    const what = mode === '120000' ? 'links' : mode === '160000' ? 'submodules' : `files of mode ${mode}`;
    throw this.#fault(`${what} cannot be patched`);
  }

  #path(text: string | undefined): string | undefined {
    return text?.startsWith('"') ? unquoted(text) : text;
  }

  #section(section: Section): FileDiff {
    const old = headerPath(this.#line().slice(4));
    const changed = headerPath(this.#line(1).slice(4));
    if (old === undefined || changed === undefined) throw this.#fault('a path is missing or malformed');
    section.paths = withoutPrefixes({ oldPath: old.path, newPath: changed.path });
    this.#at += 2;
    const hunks: Hunk[] = [];
    while (this.#line().startsWith('@@')) {
      const { hunk, next } = hunkAt(this.lines, this.#at);
      hunks.push(hunk);
      this.#at = next;
    }
    if (/^(GIT binary patch|Binary files )/.test(this.#line())) throw this.#binary();
    return fileDiff(section, hunks);
  }
}

function fileDiff(section: Section, hunks: readonly Hunk[]): FileDiff {
  const { paths, renamedFrom, renamedTo, line, isNew, isDeleted, isExecutable } = section;
  const oldPath = renamedFrom ?? paths?.oldPath;
  const newPath = renamedTo ?? paths?.newPath;
  if (oldPath === undefined && newPath === undefined)
    throw new DiffFault(line, 'it does not say which file it is about');
  const diff = {
    ...{ hunks, isExecutable: isDeleted ? undefined : isExecutable },
    ...{ oldPath: isNew ? undefined : oldPath, newPath: isDeleted ? undefined : newPath },
  };
  const isRename = renamedFrom !== undefined && renamedTo !== undefined;
  if (!isRename && diff.oldPath !== undefined && diff.newPath !== undefined && diff.oldPath !== diff.newPath)
    throw new DiffFault(line, 'its two paths differ; a rename has lines "rename from" and "rename to"');
  if (diff.oldPath === diff.newPath && hunks.length === 0)
    throw new DiffFault(line, 'this section changes no content; permissions alone cannot be changed');
  return diff;
}
