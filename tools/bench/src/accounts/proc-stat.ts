/** What /proc says of one process. */
export interface ProcStat {
  readonly pid: number;
  readonly parent: number;
  /** User and system time, its own and that of children which it has waited for. Seconds; the kernel counts in hundredths. */
  readonly cpuSeconds: number;
  /** Resident pages of memory. */
  readonly rssBytes: number;
}

/** USER_HZ, which Linux gives to programs as 100 whatever the kernel's own clock. */
const ticksPerSecond = 100;
const pageBytes = 4_096;

/**
 * One line of /proc/PID/stat, as proc(5) describes it. The name stands in brackets and may hold brackets and spaces itself.
 *
 * @throws Error when it is no such line
 */
export function parseProcStat(line: string): ProcStat {
  const end = line.lastIndexOf(')');
  const [, parent, ...fields] = line.slice(end + 2).split(' ');
  // utime, stime, cutime, cstime: fields 14 to 17, of which the state is the third.
  const times = fields.slice(9, 13).map(Number);
  const ticks = times.reduce((sum, time) => sum + time, 0);
  const pid = Number.parseInt(line, 10);
  if (end === -1 || times.length < 4 || !Number.isFinite(ticks) || !Number.isFinite(pid))
    throw new Error(`no line of /proc/PID/stat: ${line.slice(0, 80)}`);
  const rssBytes = Number(fields[19]) * pageBytes;
  return { pid, parent: Number(parent), cpuSeconds: ticks / ticksPerSecond, rssBytes };
}

/** A process that is accounted for, with all that descend from it. */
export interface Watched {
  readonly role: string;
  readonly pid: number;
}

/** The processes of each role: those watched and their descendants, each once, even if it descends from another that is watched. */
export function membersByRole(
  table: readonly ProcStat[],
  watched: readonly Watched[],
): ReadonlyMap<string, readonly ProcStat[]> {
  const roots = new Set(watched.map(({ pid }) => pid));
  const members = new Map<string, ProcStat[]>();
  const counted = new Set<number>();
  for (const { role, pid } of watched) {
    if (counted.has(pid)) continue;
    counted.add(pid);
    const tree = table.filter((each) => each.pid === pid);
    // Grows while it is walked, until the youngest have no children.
    for (const each of tree)
      tree.push(...table.filter((other) => other.parent === each.pid && !roots.has(other.pid)));
    members.set(role, [...(members.get(role) ?? []), ...tree]);
  }
  return members;
}

/** Of /proc/PID/smaps_rollup. Undefined: it does not say. */
export function pssBytesOf(rollup: string): number | undefined {
  const [, amount] = /^Pss:\s+(\d+) kB$/m.exec(rollup) ?? [];
  return amount === undefined ? undefined : Number(amount) * 1_024;
}
