import { opendir } from 'node:fs/promises';
import type { Disk } from './disk';
import { leftoverName } from './leftovers';
import type { Pin, Pinning } from './pin';

/**
 * Deletes a folder with all that is in it.
 *
 * X1 No link is followed: each folder is pinned before its entries are touched, and an entry is unlinked by its name in that folder.
 * X2 Folders found in a folder are moved up to the one that is deleted, under a fresh name, and have their turn there. So no depth,
 *    and no name that is not valid UTF-8, is out of reach, and two descriptors are enough.
 */
export interface TreeRemoval {
  readonly disk: Disk;
  readonly pinning: Pinning;
  readonly callKey: string;
}

/** @throws the system's error for what cannot be deleted; what is left stays under the folder's name */
export async function removeTree(parent: Pin, name: string, removal: TreeRemoval): Promise<void> {
  const { disk, pinning } = removal;
  const top = await pinning.pinChild(parent, name);
  try {
    await disk.unlock(top.path);
    for (let below = await emptied(top, top, removal); below.length > 0;) {
      const next: string[] = [];
      for (const fresh of below) {
        const folder = await pinning.pinChild(top, fresh);
        try {
          await disk.unlock(folder.path);
          next.push(...(await emptied(folder, top, removal)));
        } finally {
          folder.close();
        }
        await disk.rmdir(`${top.path}/${fresh}`);
      }
      below = next;
    }
  } finally {
    top.close();
  }
  await disk.rmdir(`${parent.path}/${name}`);
}

/** Deletes everything in a folder but its folders, which are moved to `top`; answers with their names there. */
async function emptied(folder: Pin, top: Pin, { disk, callKey }: TreeRemoval): Promise<readonly string[]> {
  const moved: string[] = [];
  for (const { name, isFolder } of await namesIn(folder)) {
    const path = Buffer.concat([Buffer.from(`${folder.path}/`), name]);
    if (isFolder) {
      const fresh = leftoverName(callKey, 'gone');
      await disk.rename(path, `${top.path}/${fresh}`);
      moved.push(fresh);
    } else await disk.unlink(path);
  }
  return moved;
}

async function namesIn(folder: Pin): Promise<readonly { name: Buffer; isFolder: boolean }[]> {
  const names: { name: Buffer; isFolder: boolean }[] = [];
  // Names come as bytes, which Node's types do not say.
  const stream = await opendir(folder.path, { encoding: 'buffer' as BufferEncoding, bufferSize: 512 });
  try {
    for (let entry = await stream.read(); entry !== null; entry = await stream.read())
      names.push({ name: Buffer.from(entry.name), isFolder: entry.isDirectory() });
  } finally {
    await stream.close();
  }
  return names;
}
