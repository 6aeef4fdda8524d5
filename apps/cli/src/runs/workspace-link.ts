import { readlinkSync, realpathSync, statSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeFolder } from '../data/make-folder';
import { Refusal, exitCodes } from '../command-line/refusal';

/** Also the name of the thread's folder: it holds nothing that could lead elsewhere. */
const threadId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const isThreadId = (text: string): boolean => threadId.test(text);

const refuse = (message: string): never => {
  throw new Refusal(message, exitCodes.usage);
};

/** @throws Refusal unless it is a folder that exists; returns where it really is */
export function realFolder(path: string, cwd: string): string {
  const absolute = resolve(cwd, path);
  if (path === '') return refuse('--workspace must not be empty');
  const found = statSync(absolute, { throwIfNoEntry: false });
  if (found === undefined) return refuse(`--workspace ${path}: there is no such folder`);
  if (!found.isDirectory()) return refuse(`--workspace ${path}: not a folder`);
  return realpathSync(absolute);
}

function linkTarget(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}

/**
 * Makes `folder` the workspace of `thread`: a link beside the workspaces of the other threads, which the executor follows.
 *
 * @param thread a thread's id
 * @throws Refusal when the thread works elsewhere already
 */
export function linkWorkspace(workspaceRoot: string, thread: string, folder: string): void {
  makeFolder(workspaceRoot);
  const link = join(workspaceRoot, thread);
  try {
    symlinkSync(folder, link, 'dir');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const target = linkTarget(link);
    if (target === folder) return;
    const where = target ?? `its own folder, ${link}`;
    refuse(`thread ${thread} works in ${where} already: begin another thread, or leave --workspace out`);
  }
}
