/** What /proc says of one process. */
export interface ProcStat {
  readonly pid: number;
  readonly parent: number;
  /** User and system time, its own and that of children which it has waited for. Seconds; the kernel counts in hundredths. */
  readonly cpuSeconds: number;
}

/** USER_HZ, which Linux gives to programs as 100 whatever the kernel's own clock. */
const ticksPerSecond = 100;

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
  return { pid, parent: Number(parent), cpuSeconds: ticks / ticksPerSecond };
}

/** A process and all that descend from it, itself first; nothing when it is not there. */
export function treeOf(table: readonly ProcStat[], root: number): readonly ProcStat[] {
  const tree = table.filter(({ pid }) => pid === root);
  // Grows while it is walked, until the youngest have no children.
  for (const { pid } of tree) tree.push(...table.filter(({ parent }) => parent === pid));
  return tree;
}

export interface Memory {
  readonly rssBytes: number;
  /** Pages that several processes share count in parts. Undefined: the kernel does not tell. */
  readonly pssBytes: number | undefined;
}

/** From /proc/PID/smaps_rollup, or from /proc/PID/status where the former may not be read. */
export function parseMemory(text: string): Memory {
  return {
    rssBytes: kibibytes(text, 'Rss') ?? kibibytes(text, 'VmRSS') ?? 0,
    pssBytes: kibibytes(text, 'Pss'),
  };
}

function kibibytes(text: string, name: string): number | undefined {
  const [, amount] = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text) ?? [];
  return amount === undefined ? undefined : Number(amount) * 1_024;
}
