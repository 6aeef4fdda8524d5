import { readFileSync, readdirSync } from 'node:fs';
import { type Memory, type ProcStat, parseMemory, parseProcStat, treeOf } from '../accounts/proc-stat';

/** A process that is accounted for, with all that descend from it. */
export interface Watched {
  readonly role: string;
  readonly pid: number;
}

export type ByRole = Readonly<Record<string, number>>;

/** CPU seconds since each began, by role. */
export function cpuByRole(watched: readonly Watched[]): ByRole {
  const table = processTable();
  return byRole(watched, ({ pid }) =>
    treeOf(table, pid).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
  );
}

/** Bytes, by role: resident, and resident with shared pages in parts. */
export function memoryByRole(watched: readonly Watched[]): {
  readonly rssBytes: ByRole;
  readonly pssBytes: ByRole;
} {
  const table = processTable();
  const found = watched.map(({ role, pid }) => ({
    role,
    tree: treeOf(table, pid).map((each) => memoryOf(each.pid)),
  }));
  return {
    rssBytes: byRole(found, ({ tree }) => tree.reduce((sum, { rssBytes }) => sum + rssBytes, 0)),
    pssBytes: byRole(found, ({ tree }) =>
      tree.reduce((sum, { rssBytes, pssBytes }) => sum + (pssBytes ?? rssBytes), 0),
    ),
  };
}

/** CPU seconds of this process, which makes the load. */
export const ownCpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

function byRole<T extends { readonly role: string }>(all: readonly T[], measure: (one: T) => number): ByRole {
  const sums: Record<string, number> = {};
  for (const one of all) sums[one.role] = (sums[one.role] ?? 0) + measure(one);
  return sums;
}

function processTable(): readonly ProcStat[] {
  return readdirSync('/proc').flatMap((name) => {
    const text = /^\d+$/.test(name) ? readOrNothing(`/proc/${name}/stat`) : undefined;
    return text === undefined ? [] : [parseProcStat(text)];
  });
}

function memoryOf(pid: number): Memory {
  return parseMemory(
    readOrNothing(`/proc/${pid}/smaps_rollup`) ?? readOrNothing(`/proc/${pid}/status`) ?? '',
  );
}

/** Processes come and go between the listing and the reading. */
function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
