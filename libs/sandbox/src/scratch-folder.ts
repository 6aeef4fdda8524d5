import { mkdtemp, readdir, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const prefix = 'lumina-sandbox-';
/** A process of another PID namespace that shares the folder looks dead from here; what it has is not that old. */
const staleAfterMs = 3_600_000;

const isThere = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** A folder of this process's own, for a sandbox; those of processes that were killed are cleared away on the occasion. */
export async function scratchFolder(parent = tmpdir()): Promise<string> {
  await clearStale(parent);
  return realpath(await mkdtemp(join(parent, `${prefix}${process.pid}-`)));
}

async function clearStale(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || isThere(Number(pid))) continue;
    const path = join(parent, name);
    const { mtimeMs, uid } = await stat(path).catch(() => ({ mtimeMs: Date.now(), uid: -1 }));
    if (uid !== process.getuid?.() || Date.now() - mtimeMs < staleAfterMs) continue;
    // Somebody else may be clearing at the same time.
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}
