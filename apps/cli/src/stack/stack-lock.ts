import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type ProcessIdentity, identityOf, isAlive } from '../processes/process-identity';

/**
 * One supervisor a data folder. Invariants:
 *
 * L1 The lock file appears with its content, in one step: it is never seen empty.
 * L2 A lock whose owner has died is taken away by renaming it; whoever renamed something else than the dead lock that it saw puts
 *    it back.
 */
export type LockOutcome =
  | { readonly kind: 'held'; readonly release: () => void }
  | { readonly kind: 'taken'; readonly owner: ProcessIdentity };

function readOwner(path: string): ProcessIdentity | undefined {
  try {
    const { pid, started } = JSON.parse(readFileSync(path, 'utf8')) as Partial<ProcessIdentity>;
    return typeof pid === 'number' && typeof started === 'string' ? { pid, started } : undefined;
  } catch {
    return undefined;
  }
}

function isCreated(path: string, draft: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** L2. */
function takeAway(path: string, dead: ProcessIdentity | undefined): void {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = readOwner(aside);
  const isTheDead = moved?.pid === dead?.pid && moved?.started === dead?.started;
  if (!isTheDead) isCreated(path, aside);
  rmSync(aside, { force: true });
}

function me(): ProcessIdentity {
  const identity = identityOf(process.pid);
  if (identity === undefined) throw new Error('cannot tell when this process was started');
  return identity;
}

export function acquireStackLock(path: string): LockOutcome {
  const draft = `${path}.${process.pid}`;
  const self = me();
  writeFileSync(draft, JSON.stringify(self), { mode: 0o600 });
  try {
    for (;;) {
      if (isCreated(path, draft)) return { kind: 'held', release: () => releaseIfMine(path, self) };
      const owner = readOwner(path);
      if (owner !== undefined && isAlive(owner)) return { kind: 'taken', owner };
      takeAway(path, owner);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

function releaseIfMine(path: string, self: ProcessIdentity): void {
  const owner = readOwner(path);
  if (owner?.pid === self.pid && owner.started === self.started) rmSync(path, { force: true });
}

/** Who supervises this data folder now; undefined when nobody does. */
export function stackOwner(path: string): ProcessIdentity | undefined {
  const owner = readOwner(path);
  return owner !== undefined && isAlive(owner) ? owner : undefined;
}
