import type { Disk } from './disk';
import { namesIn } from './folder-names';
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

/** A folder that has lost its name is deleted to the end. */
const goesOn = new AbortController().signal;

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
  const { names } = await namesIn(folder, Infinity, goesOn);
  for (const { bytes, kind } of names) {
    const path = Buffer.concat([Buffer.from(`${folder.path}/`), bytes]);
    if (kind === 'directory') {
      const fresh = leftoverName(callKey, 'gone');
      await disk.rename(path, `${top.path}/${fresh}`);
      moved.push(fresh);
    } else await disk.unlink(path);
  }
  return moved;
}
