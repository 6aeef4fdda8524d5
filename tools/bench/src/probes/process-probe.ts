import { readFileSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import type { ByRole } from '../accounts/by-role';
import { type ProcStat, type Watched, membersByRole, parseProcStat, pssBytesOf } from '../accounts/proc-stat';

/** By its program: `node`, `redis-server`. */
export function nameOfProcess(pid: number): string {
  // Some write what they do behind their name: `redis-server *:6379`.
  const [program = ''] = (readOrNothing(`/proc/${pid}/cmdline`) ?? '').split(/[\0 ]/);
  return basename(program) || 'gone';
}

/** CPU seconds since each began, by role. */
export const cpuByRole = (watched: readonly Watched[]): ByRole =>
  byRole(watched, ({ cpuSeconds }) => cpuSeconds);

/** Resident bytes by role; cheap enough to be asked often. */
export const rssByRole = (watched: readonly Watched[]): ByRole => byRole(watched, ({ rssBytes }) => rssBytes);

/** Bytes by role, shared pages in parts; resident bytes where the kernel does not tell. */
export const pssByRole = (watched: readonly Watched[]): ByRole =>
  byRole(watched, ({ pid, rssBytes }) => {
    const rollup = readOrNothing(`/proc/${pid}/smaps_rollup`) ?? '';
    return pssBytesOf(rollup) ?? rssBytes;
  });

/** CPU seconds of this process, which makes the load. */
export const ownCpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

function byRole(watched: readonly Watched[], measure: (one: ProcStat) => number): ByRole {
  const members = [...membersByRole(processTable(), watched)];
  return Object.fromEntries(
    members.map(([role, processes]) => [role, processes.reduce((sum, one) => sum + measure(one), 0)]),
  );
}

function processTable(): readonly ProcStat[] {
  return readdirSync('/proc').flatMap((name) => {
    const text = /^\d+$/.test(name) ? readOrNothing(`/proc/${name}/stat`) : undefined;
    return text === undefined ? [] : [parseProcStat(text)];
  });
}

/** Processes come and go between the listing and the reading. */
function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
