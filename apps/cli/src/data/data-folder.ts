import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Shell } from '../command-line/shell';
import { repositoryRoot } from './repository';

/** Where one stack keeps what it must not lose, and what describes it while it runs. Absolute paths. */
export interface DataFolder {
  readonly root: string;
  readonly redis: string;
  readonly logs: string;
  readonly workspaces: string;
  /** The development API key, readable by its owner only. */
  readonly devKey: string;
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
    stateFile: join(root, 'stack.json'),
    lockFile: join(root, 'stack.lock'),
  };
}

export function makeDataFolder(data: DataFolder): void {
  for (const path of [data.root, data.redis, data.logs, data.workspaces])
    mkdirSync(path, { recursive: true, mode: 0o700 });
}
