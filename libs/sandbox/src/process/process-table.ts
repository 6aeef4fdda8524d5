import { readFileSync, readdirSync } from 'node:fs';

/** What one process uses. */
export interface ProcessUsage {
  readonly pid: number;
  readonly threads: number;
  /** Resident, swapped and page tables. */
  readonly memoryBytes: number;
  /** Its own and that of its children that have ended and been waited for. */
  readonly cpuMs: number;
  /** To disk, its own and that of such children; 0 when the system does not tell. */
  readonly writtenBytes: number;
}

interface Stat {
  readonly parent: number;
  readonly cpuTicks: number;
}

const ticksPerSecond = 100;
const forgetStrangersAfterMs = 1_000;
/** Numbers that were given anew while we looked could form a circle. */
const maxGenerations = 1_000;

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // the process has ended meanwhile, or is not ours to look at
  }
};

function statOf(pid: number): Stat | undefined {
  const text = textOf(`/proc/${pid}/stat`);
  // The name in parentheses may hold anything, parentheses and spaces too.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields.length < 20) return undefined;
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { parent: Number(fields[1]), cpuTicks: ticks };
}

const numberAfter = (text: string, label: string): number => {
  const at = text.indexOf(label);
  return at < 0 ? 0 : Number.parseInt(text.slice(at + label.length), 10) || 0;
};

/**
 * The processes below given ones, from /proc. A scan looks at each process of the machine once; those that are not below any root
 * are remembered and passed over for a second, because a stranger never becomes a descendant.
 */
export class ProcessTable {
  readonly #roots = new Set<number>();
  #strangers = new Set<number>();
  #strangersSinceMs = 0;

  constructor(private readonly nowMs: () => number = Date.now) {}

  watch(root: number): () => void {
    this.#roots.add(root);
    this.#strangers.delete(root);
    return () => this.#roots.delete(root);
  }

  /** The root and all that descends from it, as far as it is still there. The root must be watched. */
  tree(root: number): readonly ProcessUsage[] {
    return this.pids(root).map(({ pid, stat }) => usageOf(pid, stat));
  }

  /** As `tree`, without what each one uses. */
  pids(root: number): readonly { readonly pid: number; readonly stat: Stat }[] {
    const stats = this.#scan();
    return [...stats].flatMap(([pid, stat]) => (ancestry(pid, stats).includes(root) ? [{ pid, stat }] : []));
  }

  #scan(): ReadonlyMap<number, Stat> {
    if (this.nowMs() - this.#strangersSinceMs > forgetStrangersAfterMs) {
      this.#strangers = new Set();
      this.#strangersSinceMs = this.nowMs();
    }
    const stats = new Map<number, Stat>();
    const strangers = new Set<number>();
    for (const name of readdirSync('/proc')) {
      const pid = Number(name);
      if (!Number.isInteger(pid)) continue;
      if (this.#strangers.has(pid)) {
        strangers.add(pid);
        continue;
      }
      const stat = statOf(pid);
      if (stat) stats.set(pid, stat);
    }
    this.#strangers = strangers;
    for (const pid of stats.keys()) if (this.#isStranger(pid, stats)) strangers.add(pid);
    return stats;
  }

  /** A line of ancestors that breaks off, because one ended while we looked, says nothing: such a process is looked at again. */
  #isStranger(pid: number, stats: ReadonlyMap<number, Stat>): boolean {
    const line = ancestry(pid, stats);
    if (line.some((ancestor) => this.#roots.has(ancestor))) return false;
    const oldest = line.at(-1) ?? 0;
    return oldest <= 1 || this.#strangers.has(oldest);
  }
}

/** The process, its parent, and so on as far as they are known; the last may be one that is not. */
function ancestry(pid: number, stats: ReadonlyMap<number, Stat>): readonly number[] {
  const line = [pid];
  for (let stat = stats.get(pid); stat && line.length < maxGenerations; stat = stats.get(stat.parent))
    line.push(stat.parent);
  return line;
}

function usageOf(pid: number, stat: Stat | undefined): ProcessUsage {
  const status = textOf(`/proc/${pid}/status`);
  const io = textOf(`/proc/${pid}/io`);
  const kibibytes =
    numberAfter(status, '\nVmRSS:') + numberAfter(status, '\nVmPTE:') + numberAfter(status, '\nVmSwap:');
  return {
    pid,
    threads: Math.max(1, numberAfter(status, '\nThreads:')),
    memoryBytes: kibibytes * 1024,
    cpuMs: ((stat?.cpuTicks ?? 0) * 1000) / ticksPerSecond,
    writtenBytes: Math.max(0, numberAfter(io, '\nwrite_bytes: ')),
  };
}
