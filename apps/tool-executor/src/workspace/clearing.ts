import { lstat, opendir } from 'node:fs/promises';
import { isLeftoverName, leftoverTag, tagOf } from './leftovers';
import type { Pin } from './pin';
import { type TreeRemoval, removeTree } from './tree-removal';

const maxLooked = 10_000;
const keptMs = 86_400_000;

/** Clears away what earlier attempts at this call left in a folder, and what anybody left a day ago. Never rejects. */
export async function clearLeftovers(folder: Pin, removal: TreeRemoval): Promise<void> {
  const tag = tagOf(removal.callKey);
  for (const name of await leftoverNames(folder)) {
    if (leftoverTag(name) !== tag && !(await isOld(`${folder.path}/${name}`))) continue;
    const removed = name.endsWith('.gone')
      ? removeTree(folder, name, removal)
      : removal.disk.unlink(`${folder.path}/${name}`);
    await removed.catch(() => undefined);
  }
}

async function leftoverNames(folder: Pin): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    const stream = await opendir(folder.path, { bufferSize: 256 });
    try {
      for (let looked = 0; looked < maxLooked; looked++) {
        const entry = await stream.read();
        if (entry === null) break;
        if (isLeftoverName(entry.name)) names.push(entry.name);
      }
    } finally {
      await stream.close();
    }
  } catch {
    // A folder that cannot be read keeps what is in it.
  }
  return names;
}

async function isOld(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  return stats !== undefined && Date.now() - stats.ctimeMs > keptMs;
}
