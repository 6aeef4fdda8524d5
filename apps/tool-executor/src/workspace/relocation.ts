import type { BigIntStats } from 'node:fs';
import { foldersOf, takeName } from './change-set';
import type { Intent } from './intents';
import { leftoverName } from './leftovers';
import type { ObjectKind, Pin } from './pin';
import { objectKind } from './pin';
import { type Place, identityOf, notAFile, versionOf } from './place';
import { removeTree } from './tree-removal';
import { measureUsage } from './usage';
import { WorkspaceError, asWorkspaceError, systemErrorCode } from './workspace-error';
import type { WriteScope } from './write-scope';

/**
 * Moving and deleting one thing: a file, a folder with all that is in it, or a link itself.
 *
 * M1 Both are one system call at the moment that counts: a moved thing has its old name or its new one, a deleted folder is whole or
 *    has lost its name. Without overwriting, a file for a moment has both names.
 * M2 What stands above a sealed folder is neither moved nor deleted.
 */
const maxDigestBytes = 256 * 1024 * 1024;

export interface Subject {
  readonly kind: ObjectKind;
  readonly identity: string;
  readonly version: string;
  /** Of a file that is not very large. */
  readonly digest?: string;
  readonly bytes: number;
  readonly entries: number;
}

/** What is at a place, as far as moving and deleting need it. @throws WorkspaceError `not_found`, `access_denied` */
export async function subjectAt(scope: WriteScope, place: Place): Promise<Subject> {
  const pin = await place.find();
  const stats = await place.stats();
  if (pin === undefined || stats === undefined)
    throw new WorkspaceError('not_found', `${place.shown} does not exist`);
  try {
    if (pin.kind === 'directory') return await folderSubject(scope, place, { pin, stats });
  } finally {
    pin.close();
  }
  const kind = objectKind(stats);
  const bytes = kind === 'file' ? Number(stats.size) : 0;
  const snapshot =
    kind === 'file' && bytes <= maxDigestBytes ? await place.snapshot(scope.signal) : undefined;
  const about = { kind, identity: identityOf(stats), version: versionOf(stats), bytes, entries: 1 };
  return snapshot === undefined ? about : { ...about, digest: snapshot.digest };
}

async function folderSubject(
  { pinning, signal }: WriteScope,
  place: Place,
  { pin, stats }: { pin: Pin; stats: BigIntStats },
): Promise<Subject> {
  if (await pinning.isFixed(pin))
    throw new WorkspaceError('access_denied', `${place.shown} holds a folder that is not for tools`);
  const { bytes, entries } = await measureUsage(pin, pinning, signal);
  const identity = identityOf(stats);
  return { kind: 'directory', identity, version: identity, bytes, entries: entries + 1 };
}

async function checkSame(place: Place, { kind, version }: Subject): Promise<void> {
  const stats = await place.stats();
  const now = stats && (kind === 'directory' ? identityOf(stats) : versionOf(stats));
  if (now !== version) throw new WorkspaceError('conflict', `${place.shown} was changed meanwhile`);
}

export interface Move {
  readonly from: Place;
  readonly to: Place;
  readonly mayOverwrite: boolean;
}

/** @throws WorkspaceError */
export async function move(
  scope: WriteScope,
  { from, to, mayOverwrite }: Move,
  answer: string,
): Promise<Subject> {
  const subject = await subjectAt(scope, from);
  if (from.key === to.key)
    throw new WorkspaceError('bad_arguments', `${to.shown} is where ${from.shown} already is`);
  const target = (await to.stats()) && (await subjectAt(scope, to));
  if (target !== undefined) checkTarget(to, { subject, target, mayOverwrite });
  const made = { bytes: 0, entries: scope.madeFolders() };
  await scope.quota.admitStaged(scope.quotaRoot, made, made);
  await checkSame(from, subject);
  if (target !== undefined) await checkSame(to, target);
  scope.signal.throwIfAborted();
  await scope.intents.keep(scope.callKey, moveIntent({ from, to, mayOverwrite }, subject, answer));
  const growth = { bytes: -(target?.bytes ?? 0), entries: scope.madeFolders() - (target?.entries ?? 0) };
  const about = {
    action: target === undefined ? 'move' : 'overwrite',
    pathDigest: scope.pathDigest(from.asked),
    toPathDigest: scope.pathDigest(to.asked),
    ...facts(subject),
    ...(target?.digest !== undefined && { afterDigest: target.digest }),
  } as const;
  await recorded(scope, about, () => relocate(scope, { from, to }, { subject, target }));
  scope.quota.note(scope.quotaRoot, growth);
  return subject;
}

interface MoveSubjects {
  readonly subject: Subject;
  readonly target: Subject | undefined;
}

function checkTarget(
  to: Place,
  { subject, target, mayOverwrite }: { subject: Subject; target: Subject; mayOverwrite: boolean },
): void {
  if (target.kind === 'directory')
    throw new WorkspaceError(
      'conflict',
      `${to.shown} is a folder; name the whole new path, such as ${to.shown}/name`,
    );
  if (!mayOverwrite)
    throw new WorkspaceError('conflict', `${to.shown} exists already; set overwrite to true to replace it`);
  if (target.kind !== 'file') throw new WorkspaceError('wrong_type', `${to.shown} ${notAFile[target.kind]}`);
  if (subject.kind === 'directory')
    throw new WorkspaceError('conflict', `${to.shown} is a file, which a folder cannot replace`);
}

const moveIntent = ({ from, to }: Move, { identity, digest }: Subject, answer: string): Intent => ({
  ...{ kind: 'move', answer, from: from.asked, to: to.asked, identity },
  ...(digest !== undefined && { digest }),
});

const facts = ({ digest, bytes, entries }: Subject) => ({
  ...(digest !== undefined && { beforeDigest: digest }),
  ...{ beforeBytes: bytes, entries },
});

async function relocate(
  { disk }: WriteScope,
  { from, to }: { from: Place; to: Place },
  { subject, target }: MoveSubjects,
): Promise<void> {
  await from.confirm();
  await to.confirm();
  try {
    // Renaming one of two names of a file to the other does nothing at all.
    if (target?.identity === subject.identity) await disk.unlink(from.path);
    else if (target !== undefined || subject.kind === 'directory') await disk.rename(from.path, to.path);
    else await takeNameAway(disk, from, to);
  } catch (error) {
    if (systemErrorCode(error) === 'EINVAL')
      throw new WorkspaceError('bad_arguments', `${from.shown} cannot be moved into itself`);
    throw asWorkspaceError(error, systemErrorCode(error) === 'ENOENT' ? from.shown : to.shown);
  }
  for (const { folder } of foldersOf([from, to])) await disk.syncFolder(folder.path);
}

async function takeNameAway(disk: WriteScope['disk'], from: Place, to: Place): Promise<void> {
  if ((await takeName(disk, from.path, to.path)) === 'moved') return;
  try {
    await disk.unlink(from.path);
  } catch (error) {
    await disk.unlink(to.path);
    throw error;
  }
}

export interface Deletion {
  readonly place: Place;
  /** Also what a folder holds. */
  readonly isRecursive: boolean;
}

export interface Removed {
  readonly subject: Subject;
  /** False: what a folder held is out of sight but could not all be deleted yet. */
  readonly isCleared: boolean;
}

/** @throws WorkspaceError */
export async function remove(scope: WriteScope, deletion: Deletion, answerOf: (subject: Subject) => string) {
  const { place, isRecursive } = deletion;
  const subject = await subjectAt(scope, place);
  if (subject.kind === 'directory' && subject.entries > 1 && !isRecursive)
    throw new WorkspaceError(
      'conflict',
      `${place.shown} is a folder that is not empty; set recursive to true to delete it with all that is in it`,
    );
  await checkSame(place, subject);
  scope.signal.throwIfAborted();
  const goneName = leftoverName(scope.callKey, 'gone');
  const { identity, digest } = subject;
  await scope.intents.keep(scope.callKey, {
    ...{ kind: 'delete', answer: answerOf(subject), path: place.asked, identity, goneName },
    ...(digest !== undefined && { digest }),
  });
  const about = { action: 'delete', pathDigest: scope.pathDigest(place.asked), ...facts(subject) } as const;
  const isWithContent = subject.kind === 'directory' && isRecursive;
  await recorded(scope, about, () => takeAway(scope, place, { kind: subject.kind, goneName, isWithContent }));
  const isCleared = !isWithContent || (await isEmptied(scope, place, goneName));
  if (isCleared) scope.quota.note(scope.quotaRoot, { bytes: -subject.bytes, entries: -subject.entries });
  return { subject, isCleared };
}

interface Taking {
  readonly kind: ObjectKind;
  readonly goneName: string;
  readonly isWithContent: boolean;
}

async function takeAway({ disk }: WriteScope, place: Place, taking: Taking): Promise<void> {
  const gone = place.besides(taking.goneName);
  await place.confirm();
  try {
    if (taking.kind !== 'directory') await disk.unlink(place.path);
    else if (taking.isWithContent) await disk.rename(place.path, gone);
    else await disk.rmdir(place.path);
    await disk.syncFolder(place.folder.path);
  } catch (error) {
    if (taking.isWithContent) await disk.rename(gone, place.path).catch(() => undefined);
    throw asWorkspaceError(error, place.shown);
  }
}

const isEmptied = (scope: WriteScope, { folder }: Place, goneName: string): Promise<boolean> =>
  removeTree(folder, goneName, scope).then(
    () => true,
    () => false,
  );

async function recorded(
  scope: WriteScope,
  about: Omit<Parameters<WriteScope['record']>[0], 'phase' | 'outcome'>,
  work: () => Promise<void>,
): Promise<void> {
  scope.record({ phase: 'before', ...about });
  let outcome: 'done' | 'failed' = 'failed';
  try {
    await work();
    outcome = 'done';
  } finally {
    scope.record({ phase: 'after', ...about, outcome });
  }
}
