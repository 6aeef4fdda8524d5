import type { Entry, OpenDirectory } from './open-directory';
import { plural } from './printable';
import { WorkspaceError } from './workspace-error';

/**
 * Visits a directory and everything below it.
 *
 * T1 Links are never followed: a walk ends and stays inside, and meets nothing twice.
 * T2 The order is fixed: a directory's entries by name, then its subdirectories by name, each in full.
 * T3 It is bounded in entries, in entries of one directory and in depth; whatever was left out is in the tally.
 * T4 What vanishes, may not be read or has an unusable name is counted and does not end the walk.
 */
export interface WalkOptions {
  readonly signal: AbortSignal;
  /** Also enters `.git` and `node_modules`. */
  readonly includeIgnored: boolean;
  readonly maxDepth?: number;
  readonly maxEntries?: number;
}

export interface Visit {
  readonly directory: OpenDirectory;
  /** Relative to where the walk began; "" is that directory itself. */
  readonly path: string;
  /** 0 for the directory where the walk began. */
  readonly depth: number;
  readonly entries: readonly Entry[];
}

/** Answers false to end the walk. */
export type Visitor = (visit: Visit) => Promise<boolean>;

/** What a walk, and whoever reads files on it, left out. */
export interface WalkTally {
  entries: number;
  isCut: boolean;
  tooDeep: number;
  unreadable: number;
  vanished: number;
  unusableNames: number;
}

export const ignoredDirectories: ReadonlySet<string> = new Set(['.git', 'node_modules']);
export const maxWalkDepth = 64;
const defaultMaxEntries = 200_000;
const maxEntriesPerDirectory = 50_000;

export const newTally = (): WalkTally => ({
  entries: 0,
  isCut: false,
  tooDeep: 0,
  unreadable: 0,
  vanished: 0,
  unusableNames: 0,
});

/** Counts a failure that a walk survives. @throws whatever is not one */
export function countFailure(tally: WalkTally, error: unknown): void {
  if (!(error instanceof WorkspaceError)) throw error;
  if (error.type === 'access_denied') tally.unreadable++;
  else tally.vanished++;
}

export async function walkTree(
  start: OpenDirectory,
  options: WalkOptions,
  visit: Visitor,
): Promise<WalkTally> {
  const tally = newTally();
  await enter({ directory: start, path: '', depth: 0 }, { options, visit, tally });
  return tally;
}

interface Walk {
  readonly options: WalkOptions;
  readonly visit: Visitor;
  readonly tally: WalkTally;
}

/** Answers false when the walk is over. */
async function enter(place: Omit<Visit, 'entries'>, walk: Walk): Promise<boolean> {
  const { options, tally } = walk;
  const room = (options.maxEntries ?? defaultMaxEntries) - tally.entries;
  const { entries, isCut } = await place.directory.list(
    Math.min(room, maxEntriesPerDirectory),
    options.signal,
  );
  tally.entries += entries.length;
  tally.isCut ||= isCut;
  tally.unusableNames += entries.filter((entry) => !entry.isNameValid).length;
  if (!(await walk.visit({ ...place, entries }))) return false;
  const isIgnored = (name: string): boolean => !options.includeIgnored && ignoredDirectories.has(name);
  const below = entries.filter(
    (entry) => entry.kind === 'directory' && entry.isNameValid && !isIgnored(entry.name),
  );
  if (place.depth < (options.maxDepth ?? maxWalkDepth)) return enterEach(below, place, walk);
  tally.tooDeep += below.length;
  return true;
}

async function enterEach(
  entries: readonly Entry[],
  { directory, path, depth }: Omit<Visit, 'entries'>,
  walk: Walk,
): Promise<boolean> {
  for (const entry of entries) {
    walk.options.signal.throwIfAborted();
    const below = { path: path === '' ? entry.name : `${path}/${entry.name}`, depth: depth + 1 };
    const goesOn = await directory
      .withDirectory(entry, (child) => enter({ ...below, directory: child }, walk))
      .catch((error: unknown) => {
        countFailure(walk.tally, error);
        return true;
      });
    if (!goesOn) return false;
  }
  return true;
}

/** One clause for each kind of thing left out. */
export function tallyRemarks(tally: WalkTally): readonly string[] {
  const remarks: [number | boolean, string][] = [
    [tally.isCut, `stopped after ${plural(tally.entries, 'entry', 'entries')}; narrow the path`],
    [tally.tooDeep, `${plural(tally.tooDeep, 'folder')} too deep to enter`],
    [tally.unreadable, `${plural(tally.unreadable, 'item')} could not be read (permission)`],
    [tally.vanished, `${plural(tally.vanished, 'item')} changed or vanished meanwhile`],
    [tally.unusableNames, `${plural(tally.unusableNames, 'name')} not valid UTF-8, skipped`],
  ];
  return remarks.filter(([applies]) => applies !== false && applies !== 0).map(([, remark]) => remark);
}
