import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * A limit on the number of processes and threads that the kernel keeps, for root, whose processes RLIMIT_NPROC does not count. A watch
 * alone does not do: a fork bomb is faster than whoever looks, and starves them.
 */
export interface PidsCgroup {
  /** Writing its number there puts a process into the group. */
  readonly procs: string;
  /** Removes the group, which must be empty. */
  remove(): void;
}

const root = '/sys/fs/cgroup';

/** Folders of the hierarchy that counts processes, the own one first, then those above it. */
function candidates(): readonly string[] {
  const lines = readFileSync('/proc/self/cgroup', 'utf8').trim().split('\n');
  const parts = lines.map((line) => /^\d+:([^:]*):(.*)$/.exec(line) ?? ['', '', '/']);
  const legacy = parts.find(([, controllers]) => controllers?.split(',').includes('pids'));
  const unified = parts.find(([, controllers]) => controllers === '');
  const base = legacy ? join(root, 'pids') : root;
  const above = (path: string): readonly string[] => (path === '/' ? ['/'] : [path, ...above(dirname(path))]);
  return above((legacy ?? unified)?.[2] ?? '/').map((path) => join(base, path));
}

/** Makes groups, each with its own limit, below one folder; undefined where no such group can be made. */
export function pidsCgroups(name: string): ((limit: number) => PidsCgroup) | undefined {
  let next = 0;
  const parent = candidates().find((folder) => {
    try {
      made(join(folder, `${name}-trial`), 10).remove();
      return true;
    } catch {
      return false;
    }
  });
  return parent === undefined ? undefined : (limit) => made(join(parent, `${name}-${++next}`), limit);
}

function made(path: string, limit: number): PidsCgroup {
  mkdirSync(path);
  const remove = (): void => rmdirSync(path);
  try {
    // Writing would make a file of that name where the controller is not enabled, were this not a file system of its own kind.
    if (!existsSync(join(path, 'pids.max'))) throw new Error('processes are not counted here');
    writeFileSync(join(path, 'pids.max'), String(limit));
  } catch (error) {
    remove();
    throw error;
  }
  return { procs: join(path, 'cgroup.procs'), remove };
}

/** The command, put into the group before it begins: what it forks is in it from the start. */
export const insideCgroup = (
  group: PidsCgroup,
  command: readonly [string, ...string[]],
): readonly [string, ...string[]] => [
  '/bin/sh',
  '-c',
  'echo $$ > "$0" && exec "$@"',
  group.procs,
  ...command,
];
