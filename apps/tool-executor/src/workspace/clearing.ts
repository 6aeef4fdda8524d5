import { lstat } from 'node:fs/promises';
import { namesIn } from './folder-names';
import { isLeftoverName, leftoverTag, tagOf } from './leftovers';
import type { Pin } from './pin';
import { type TreeRemoval, removeTree } from './tree-removal';

const maxLooked = 10_000;
const keptMs = 86_400_000;
const goesOn = new AbortController().signal;

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
  try {
    const { names } = await namesIn(folder, maxLooked, goesOn);
    return names.map(({ bytes }) => bytes.toString()).filter(isLeftoverName);
  } catch {
    return []; // a folder that cannot be read keeps what is in it
  }
}

async function isOld(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  return stats !== undefined && Date.now() - stats.ctimeMs > keptMs;
}
