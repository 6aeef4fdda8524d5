import { clearLeftovers } from './clearing';
import { foldersOf, takeName } from './change-set';
import type { Intent, IntendedChange } from './intents';
import { type Place, identityOf } from './place';
import { removeTree } from './tree-removal';
import { WorkspaceError, systemErrorCode } from './workspace-error';
import type { WriteScope } from './write-scope';

/**
 * What became of a call whose process was killed, from its intent and from what is there now.
 *
 * S1 No intent: nothing was done. Everything as before: nothing was done. Everything as intended: it was done.
 * S2 Some of several changes made: the rest are made from the new contents that lie ready, and it was done.
 * S3 Anything else, such as a file that somebody has changed since, is unknown, and nothing is touched.
 */
export type Settlement =
  { readonly kind: 'done'; readonly content: string } | { readonly kind: 'not_done' | 'unknown' };

/** A place that an intent names; undefined when its folder is gone. */
export type PlaceFinder = (path: string) => Promise<Place | undefined>;

export async function settle(scope: WriteScope, placeOf: PlaceFinder): Promise<Settlement> {
  const intent = await scope.intents.recall(scope.callKey);
  if (intent === 'none') return { kind: 'not_done' };
  if (intent === 'unreadable') return { kind: 'unknown' };
  const state = await stateOf(scope, intent, placeOf);
  return state === 'done' ? { kind: 'done', content: intent.answer } : { kind: state };
}

type State = 'done' | 'not_done' | 'unknown';

function stateOf(scope: WriteScope, intent: Intent, placeOf: PlaceFinder): Promise<State> {
  switch (intent.kind) {
    case 'change':
      return settleChanges(scope, intent.changes, placeOf);
    case 'move':
      return settleMove(scope, intent, placeOf);
    case 'delete':
      return settleDeletion(scope, intent, placeOf);
  }
}

interface LookedAt {
  readonly intended: IntendedChange;
  readonly place: Place | undefined;
  readonly state: 'before' | 'after' | 'other';
}

async function settleChanges(
  scope: WriteScope,
  changes: readonly IntendedChange[],
  placeOf: PlaceFinder,
): Promise<State> {
  const looked: LookedAt[] = [];
  for (const intended of changes) {
    const place = await placeOf(intended.path);
    looked.push({ intended, place, state: await changeState(scope, intended, place) });
  }
  if (looked.some(({ state }) => state === 'other')) return 'unknown';
  const open = looked.filter(({ state }) => state === 'before');
  if (open.length > 0 && open.length < looked.length && !(await finish(scope, open))) return 'unknown';
  for (const { folder } of foldersOf(looked.flatMap(({ place }) => place ?? [])))
    await clearLeftovers(folder, scope);
  return open.length === looked.length ? 'not_done' : 'done';
}

/** The digest of the file; `none`: nothing is there; undefined: something that is not a file. */
async function digestAt(scope: WriteScope, place: Place | undefined): Promise<string | undefined> {
  try {
    return (await place?.snapshot(scope.signal))?.digest ?? 'none';
  } catch (error) {
    if (error instanceof WorkspaceError) return undefined;
    throw error;
  }
}

async function changeState(
  scope: WriteScope,
  { before = 'none', after = 'none' }: IntendedChange,
  place: Place | undefined,
): Promise<LookedAt['state']> {
  const now = await digestAt(scope, place);
  if (now === after) return 'after';
  return now === before ? 'before' : 'other';
}

/** Makes the changes that are still open. Answers false, having touched nothing, when a new content is not there any more. */
async function finish(scope: WriteScope, open: readonly LookedAt[]): Promise<boolean> {
  const { disk } = scope;
  for (const { intended, place } of open) {
    if (place === undefined) return false;
    if (intended.newName === undefined) continue;
    if ((await digestAt(scope, place.named(intended.newName))) !== intended.after) return false;
  }
  for (const { intended, place } of open) {
    if (place === undefined) continue;
    await place.confirm();
    const staged = intended.newName === undefined ? undefined : place.besides(intended.newName);
    if (staged === undefined) await disk.unlink(place.path);
    else if (intended.before === undefined) await takeName(disk, staged, place.path);
    else await disk.rename(staged, place.path);
    scope.record({
      ...{ phase: 'after', outcome: 'done', pathDigest: scope.pathDigest(place.asked) },
      action: staged === undefined ? 'delete' : intended.before === undefined ? 'create' : 'replace',
      ...(intended.before !== undefined && { beforeDigest: intended.before }),
      ...(intended.after !== undefined && { afterDigest: intended.after }),
    });
  }
  for (const { folder } of foldersOf(open.flatMap(({ place }) => place ?? [])))
    await disk.syncFolder(folder.path);
  return true;
}

interface Original {
  readonly identity: string;
  readonly digest?: string | undefined;
}

/** Whether the very object that the call was about is there, with the content that it had. */
async function isOriginal(
  scope: WriteScope,
  place: Place | undefined,
  { identity, digest }: Original,
): Promise<boolean> {
  const stats = await place?.stats();
  if (stats === undefined || identityOf(stats) !== identity) return false;
  return digest === undefined || (await digestAt(scope, place)) === digest;
}

async function settleMove(
  scope: WriteScope,
  intent: Extract<Intent, { kind: 'move' }>,
  placeOf: PlaceFinder,
): Promise<State> {
  const [from, to] = [await placeOf(intent.from), await placeOf(intent.to)];
  const isThere = await isOriginal(scope, to, intent);
  const isStillHere = await isOriginal(scope, from, intent);
  if (isThere && isStillHere && from !== undefined) {
    await from.confirm();
    await scope.disk.unlink(from.path);
    await scope.disk.syncFolder(from.folder.path);
  }
  if (isThere) return 'done';
  return isStillHere ? 'not_done' : 'unknown';
}

async function settleDeletion(
  scope: WriteScope,
  intent: Extract<Intent, { kind: 'delete' }>,
  placeOf: PlaceFinder,
): Promise<State> {
  const place = await placeOf(intent.path);
  if (place === undefined) return 'done';
  if (await isOriginal(scope, place, intent)) return 'not_done';
  await removeTree(place.folder, intent.goneName, scope).catch((error: unknown) => {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  });
  return 'done';
}
