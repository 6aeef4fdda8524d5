import { join, resolve } from 'node:path';
import { Refusal } from '../command-line/refusal';
import type { Shell } from '../command-line/shell';
import { makeFolder } from './make-folder';
import { repositoryRoot } from './repository';

/** Where one stack keeps what it must not lose, and what describes it while it runs. Absolute paths. */
export interface DataFolder {
  readonly root: string;
  readonly redis: string;
  readonly logs: string;
  readonly workspaces: string;
  /** The development API key, readable by its owner only. */
  readonly devKey: string;
  /** What issued API keys are digested with: lost, they are all unknown. */
  readonly keyPepper: string;
  readonly stateFile: string;
  readonly lockFile: string;
}

/** `--data`, else LUMINA_DATA, else `.lumina` in the repository. Makes nothing. */
export function dataFolder(option: string | undefined, shell: Pick<Shell, 'env' | 'cwd'>): DataFolder {
  const fromEnvironment = shell.env['LUMINA_DATA'] ?? '';
  const named = option ?? (fromEnvironment === '' ? undefined : fromEnvironment);
  const root = named === undefined ? join(repositoryRoot, '.lumina') : resolve(shell.cwd, named);
  return {
    root,
    redis: join(root, 'redis'),
    logs: join(root, 'logs'),
    workspaces: join(root, 'workspaces'),
    devKey: join(root, 'dev-key'),
    keyPepper: join(root, 'key-pepper'),
    stateFile: join(root, 'stack.json'),
    lockFile: join(root, 'stack.lock'),
  };
}

/** @throws Refusal where there can be no such folder; the system's error where the disk is full or not ours */
export function makeDataFolder(data: DataFolder): void {
  try {
    for (const path of [data.root, data.redis, data.logs, data.workspaces]) makeFolder(path);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (!impossible.has(code)) throw error;
    throw new Refusal(`the data folder cannot be ${data.root}: ${message}`);
  }
}

/** No such place, a file on the way, a file in its place, a name too long. */
const impossible: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EEXIST', 'ENAMETOOLONG']);
