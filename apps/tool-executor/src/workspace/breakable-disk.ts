import { type Disk, realDisk } from './disk';

/** For tests: a disk on which something happens at one of its steps. */
export interface BreakableDisk {
  readonly disk: Disk;
  /** How many steps were taken. */
  steps(): number;
}

/** @param happen called before each step with its number, from 1; may throw, or end the process */
export function breakableDisk(happen: (step: number, name: string) => void): BreakableDisk {
  let count = 0;
  const step =
    <Args extends unknown[], Result>(name: string, work: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      happen(++count, name);
      return work(...args);
    };
  const disk: Disk = {
    create: step('create', async (path) => {
      const file = await realDisk.create(path);
      return {
        // Half of the content is written before the step that fails.
        write: async (chunk) => {
          await file.write(chunk.subarray(0, chunk.length / 2));
          await step('write', (rest: Buffer) => file.write(rest))(chunk.subarray(chunk.length / 2));
        },
        finish: step('finish', (attributes) => file.finish(attributes)),
        close: () => file.close(),
      };
    }),
    link: step('link', (existing, path) => realDisk.link(existing, path)),
    rename: step('rename', (from, to) => realDisk.rename(from, to)),
    unlink: step('unlink', (path) => realDisk.unlink(path)),
    mkdir: step('mkdir', (path) => realDisk.mkdir(path)),
    rmdir: step('rmdir', (path) => realDisk.rmdir(path)),
    unlock: step('unlock', (folder) => realDisk.unlock(folder)),
    syncFolder: step('syncFolder', (path) => realDisk.syncFolder(path)),
  };
  return { disk, steps: () => count };
}

/** A system error with this code. */
export const systemError = (code: string): Error => Object.assign(new Error(code), { code });
