import { statfsSync } from 'node:fs';
import type { ExceededLimit } from '../sandbox';

const inMemory = 0x0102_1994;
/** More new files than this in one run are an attack on the file system's inodes, or must be done in parts. */
const maxNewFiles = 200_000;

/**
 * Watches how much a file system loses. Bytes count only where they are memory (tmpfs), for the kernel does not count those as
 * written; others may use the file system as well, so that this errs on the strict side.
 */
export function freeSpaceWatch(path: string, maxBytes: number): () => ExceededLimit | undefined {
  const before = statfsSync(path);
  return () => {
    const now = statfsSync(path);
    const lostBytes = before.type === inMemory ? (before.bfree - now.bfree) * before.bsize : 0;
    return lostBytes > maxBytes || before.ffree - now.ffree > maxNewFiles ? 'disk' : undefined;
  };
}
