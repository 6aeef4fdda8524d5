import { createHash } from 'node:crypto';
import type { Attributes, NewFile } from './disk';
import type { Intent } from './intents';
import { type LeftoverKind, leftoverName } from './leftovers';
import { type Place, type Snapshot, versionOf } from './place';
import type { Usage } from './usage';
import { WorkspaceError, asWorkspaceError, systemErrorCode } from './workspace-error';
import type { WriteScope } from './write-scope';

/**
 * Changes to several files that are made together.
 *
 * C1 All or nothing: whatever fails, or a cancellation, leaves every file as it was. A process that is killed leaves each file with
 *    its old content or its new one, never a mixture; for several files, the intent tells the next attempt how to end it
 *    (settlement.ts).
 * C2 New content stands complete on the disk, under a name of its own in the same folder, before anything takes its name.
 * C3 A file is replaced only if it is still what was read, and made only where nothing is. Between the last look and the change lies
 *    one system call, in which a program that does not go by this process's lock may still write.
 * C4 A hard link's other names keep the old content: nothing outside can be written through one.
 */
export interface NewContent {
  readonly sizeBytes: number;
  readonly chunks: Iterable<Buffer> | AsyncIterable<Buffer>;
  readonly attributes: Attributes;
}

export interface FileChange {
  readonly place: Place;
  /** What was there when the change was planned; undefined: nothing. */
  readonly before: Snapshot | undefined;
  /** Undefined: the file is deleted. */
  readonly after: NewContent | undefined;
}

interface StagedChange extends FileChange {
  readonly staged: { readonly name: string; readonly digest: string; readonly sizeBytes: number } | undefined;
  /** Where the old content is kept until all is done. */
  readonly oldName: string | undefined;
}

/**
 * Makes the changes.
 *
 * @param answer what the model is told when a crash hides the result; undefined: the call may be repeated, and keeps no intent
 * @throws WorkspaceError, `conflict` when a file is no longer what it was, `quota` when the workspace or the disk is full
 */
export async function applyChanges(
  scope: WriteScope,
  changes: readonly FileChange[],
  answer?: string,
): Promise<void> {
  const { quota, quotaRoot } = scope;
  await quota.admit(quotaRoot, growthOf(scope, changes), stagedUsage(scope, []));
  const staged: StagedChange[] = [];
  try {
    for (const change of changes) staged.push(await stage(scope, change));
    const growth = growthOf(scope, staged);
    await quota.admitStaged(quotaRoot, growth, stagedUsage(scope, staged));
    for (const { place, before } of staged) await checkUnchanged(place, before);
    scope.signal.throwIfAborted();
    if (answer !== undefined) await scope.intents.keep(scope.callKey, intentOf(staged, answer));
    await commitRecorded(scope, staged);
    quota.note(quotaRoot, growth);
  } catch (error) {
    if (error instanceof HalfDoneError) staged.length = 0; // the old contents are all that is left of the files
    throw error;
  } finally {
    await dropLeftovers(scope, staged);
  }
}

class HalfDoneError extends AggregateError {}

/** Each folder once. */
export const foldersOf = (places: readonly Place[]): readonly Place[] => [
  ...new Map(places.map((place) => [`${place.folder.device}:${place.folder.inode}`, place])).values(),
];

function growthOf(scope: WriteScope, changes: readonly (FileChange & Partial<StagedChange>)[]): Usage {
  const growth = { bytes: 0, entries: scope.madeFolders() };
  for (const { before, after, staged } of changes) {
    growth.bytes += (staged?.sizeBytes ?? after?.sizeBytes ?? 0) - (before?.sizeBytes ?? 0);
    growth.entries += (after === undefined ? 0 : 1) - (before === undefined ? 0 : 1);
  }
  return growth;
}

/** What stands on the disk already. */
function stagedUsage(scope: WriteScope, changes: readonly StagedChange[]): Usage {
  const files = changes.flatMap(({ staged }) => staged ?? []);
  const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return { bytes, entries: files.length + scope.madeFolders() };
}

async function stage(scope: WriteScope, change: FileChange): Promise<StagedChange> {
  const name = (kind: LeftoverKind): string => leftoverName(scope.callKey, kind);
  const oldName = change.before === undefined ? undefined : name('old');
  const { place, after } = change;
  if (after === undefined) return { ...change, staged: undefined, oldName };
  const newName = name('new');
  await place.confirm();
  let file: NewFile | undefined;
  try {
    file = await scope.disk.create(place.besides(newName));
    const written = await fill(file, after, scope.signal);
    await file.close();
    return { ...change, staged: { name: newName, ...written }, oldName };
  } catch (error) {
    await file?.close().catch(() => undefined);
    await scope.disk.unlink(place.besides(newName)).catch(() => undefined);
    throw asWorkspaceError(error, place.shown);
  }
}

async function fill(
  file: NewFile,
  { chunks, attributes }: NewContent,
  signal: AbortSignal,
): Promise<{ digest: string; sizeBytes: number }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    hash.update(chunk);
    sizeBytes += chunk.length;
    await file.write(chunk);
  }
  await file.finish(attributes);
  return { digest: hash.digest('hex'), sizeBytes };
}

async function checkUnchanged(place: Place, before: Snapshot | undefined): Promise<void> {
  const stats = await place.stats();
  if (stats === undefined && before === undefined) return;
  if (before === undefined) throw new WorkspaceError('conflict', `${place.shown} exists already`);
  if (stats === undefined || versionOf(stats) !== before.version)
    throw new WorkspaceError('conflict', `${place.shown} was changed meanwhile: read it again`);
}

function intentOf(changes: readonly StagedChange[], answer: string): Intent {
  return {
    kind: 'change',
    answer,
    changes: changes.map(({ place, before, staged, oldName }) => ({
      path: place.asked,
      ...(before && { before: before.digest }),
      ...(staged && { after: staged.digest, newName: staged.name }),
      ...(oldName !== undefined && { oldName }),
    })),
  };
}

async function commitRecorded(scope: WriteScope, changes: readonly StagedChange[]): Promise<void> {
  for (const change of changes) scope.record({ phase: 'before', ...recordOf(scope, change) });
  let outcome: 'done' | 'failed' = 'failed';
  try {
    await commitAll(scope, changes);
    outcome = 'done';
  } finally {
    for (const change of changes) scope.record({ phase: 'after', ...recordOf(scope, change), outcome });
  }
}

function recordOf({ pathDigest }: WriteScope, { place, before, staged }: StagedChange) {
  const action = before === undefined ? 'create' : staged === undefined ? 'delete' : 'replace';
  return {
    action,
    pathDigest: pathDigest(place.asked),
    ...(before && { beforeDigest: before.digest, beforeBytes: before.sizeBytes }),
    ...(staged && { afterDigest: staged.digest, afterBytes: staged.sizeBytes }),
  } as const;
}

async function commitAll(scope: WriteScope, changes: readonly StagedChange[]): Promise<void> {
  const done: StagedChange[] = [];
  try {
    for (const change of changes) {
      await change.place.confirm();
      await commit(scope, change).catch((error: unknown) => {
        throw asWorkspaceError(error, change.place.shown);
      });
      done.push(change);
    }
    await syncFolders(scope, changes);
  } catch (error) {
    await putBack(scope, done, error);
    await syncFolders(scope, done).catch(() => undefined);
    throw error;
  }
}

async function syncFolders(scope: WriteScope, changes: readonly StagedChange[]): Promise<void> {
  for (const { folder } of foldersOf(changes.map(({ place }) => place)))
    await scope.disk.syncFolder(folder.path);
}

async function commit(scope: WriteScope, { place, before, staged, oldName }: StagedChange): Promise<void> {
  const { disk } = scope;
  if (before === undefined || oldName === undefined) {
    if (staged !== undefined) await takeName(disk, place.besides(staged.name), place.path); // its other name goes with the leftovers
    return;
  }
  const old = place.besides(oldName);
  if (staged === undefined) return disk.rename(place.path, old);
  await keepOld(scope, { place, before }, old);
  await disk.rename(place.besides(staged.name), place.path);
}

async function keepOld(
  { disk, signal }: WriteScope,
  { place, before }: { place: Place; before: Snapshot },
  old: string,
): Promise<void> {
  try {
    await disk.link(place.path, old);
  } catch (error) {
    if (!isWithoutLinks(error)) throw error;
    const now = await place.read(before.sizeBytes, signal);
    const file = await disk.create(old);
    try {
      await file.write(now?.bytes ?? Buffer.alloc(0));
      await file.finish(before);
    } finally {
      await file.close();
    }
  }
}

/** The file system has no hard links, or forbids this one. */
const isWithoutLinks = (error: unknown): boolean =>
  ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'].includes(systemErrorCode(error) ?? '');

/**
 * Gives a file a name that nothing has yet. `linked`: it still has the other one too. File systems without hard links leave one system
 * call in which the name may be taken.
 */
export async function takeName(
  disk: WriteScope['disk'],
  from: string,
  to: string,
): Promise<'linked' | 'moved'> {
  try {
    await disk.link(from, to);
    return 'linked';
  } catch (error) {
    if (!isWithoutLinks(error)) throw error;
    await disk.rename(from, to);
    return 'moved';
  }
}

async function putBack(scope: WriteScope, done: readonly StagedChange[], cause: unknown): Promise<void> {
  try {
    for (const { place, before, oldName } of done.toReversed()) {
      if (before === undefined || oldName === undefined) await scope.disk.unlink(place.path);
      else await scope.disk.rename(place.besides(oldName), place.path);
    }
  } catch (error) {
    throw new HalfDoneError([cause, error], 'changes were made in part and could not be taken back');
  }
}

/** What is left when all is over, well or not. Never rejects: what stays is cleared away later. */
async function dropLeftovers({ disk }: WriteScope, changes: readonly StagedChange[]): Promise<void> {
  for (const { place, staged, oldName } of changes)
    for (const name of [staged?.name, oldName])
      if (name !== undefined) await disk.unlink(place.besides(name)).catch(() => undefined);
}
