import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The repository as checks see it: paths relative to its root with forward slashes, and their text. */
export interface SourceTree {
  readonly paths: readonly string[];
  /** Throws when the path is not in the tree. Binary files read as the empty string. */
  read(path: string): string;
}

export function treeOf(files: Readonly<Record<string, string>>): SourceTree {
  return {
    paths: Object.keys(files),
    read(path) {
      const text = files[path];
      if (text === undefined) throw new Error(`no such file: ${path}`);
      return text;
    },
  };
}

/** What is tracked by git, or would be: new files count before they are added, deleted and ignored ones do not. */
export function workingTree(root: string): SourceTree {
  const listing = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  });
  const paths = [...new Set(listing.split('\0'))].filter(
    (path) => path !== '' && existsSync(join(root, path)),
  );
  const texts = new Map<string, string>();
  return {
    paths: paths.toSorted(),
    read(path) {
      const known = texts.get(path);
      if (known !== undefined) return known;
      const text = readFileSync(join(root, path), 'utf8');
      const readable = text.includes('\0') ? '' : text;
      texts.set(path, readable);
      return readable;
    },
  };
}
