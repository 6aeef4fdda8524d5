import type { Entry } from './open-directory';
import { plural, printableName } from './printable';

export type TreeNode = Pick<Entry, 'name' | 'isNameValid' | 'kind'>;

export interface TreeTextOptions {
  readonly maxEntries: number;
  /** Folders that were not entered on purpose; they are marked. */
  readonly isIgnored: (name: string) => boolean;
}

export interface TreeText {
  readonly lines: readonly string[];
  readonly unshown: number;
}

/**
 * Draws a tree. `folders` holds the entries of each folder that was read, by its path from the start ("" is the
 * start). When there are more than `maxEntries`, upper levels come before lower ones, and each folder that lost entries
 * says how many.
 */
export function renderTree(
  folders: ReadonlyMap<string, readonly TreeNode[]>,
  options: TreeTextOptions,
): TreeText {
  const shares = shareOut(folders, options.maxEntries);
  const lines: string[] = [];
  const draw = (folder: string, indent: string): void => {
    const entries = folders.get(folder) ?? [];
    const share = shares.get(folder) ?? 0;
    for (const entry of entries.slice(0, share)) {
      lines.push(`${indent}${nodeText(entry, options)}`);
      if (entry.kind === 'directory' && entry.isNameValid) draw(childPath(folder, entry.name), `${indent}  `);
    }
    if (share < entries.length)
      lines.push(`${indent}… ${plural(entries.length - share, 'more entry', 'more entries')}`);
  };
  draw('', '');
  return { lines, unshown: unshownEntries(folders, shares) };
}

const childPath = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);

/** How many entries of each folder are shown, level by level from the top; folders not shown have no share. */
function shareOut(
  folders: ReadonlyMap<string, readonly TreeNode[]>,
  maxEntries: number,
): Map<string, number> {
  const shares = new Map<string, number>();
  let room = maxEntries;
  let level = [''];
  while (level.length > 0) {
    const next: string[] = [];
    for (const folder of level) {
      const entries = folders.get(folder) ?? [];
      const share = Math.min(entries.length, room);
      room -= share;
      shares.set(folder, share);
      const shown = entries
        .slice(0, share)
        .filter((entry) => entry.kind === 'directory' && entry.isNameValid);
      next.push(...shown.map((entry) => childPath(folder, entry.name)).filter((path) => folders.has(path)));
    }
    level = next;
  }
  return shares;
}

function unshownEntries(
  folders: ReadonlyMap<string, readonly TreeNode[]>,
  shares: ReadonlyMap<string, number>,
): number {
  let unshown = 0;
  for (const [folder, entries] of folders) unshown += entries.length - (shares.get(folder) ?? 0);
  return unshown;
}

function nodeText(entry: TreeNode, { isIgnored }: TreeTextOptions): string {
  const name = entry.isNameValid ? printableName(entry.name) : entry.name;
  if (entry.kind === 'directory') return `${name}/${isIgnored(entry.name) ? ' (not entered)' : ''}`;
  if (entry.kind === 'link') return `${name} -> (link)`;
  return entry.kind === 'other' ? `${name} (not a regular file)` : name;
}
