import type { ExceededLimit, SandboxLimits } from '../sandbox';
import { yieldToOthers } from './process-state';
import type { ProcessTable, ProcessUsage } from './process-table';

const defaultEveryMs = 25;
/** A look at many processes takes longer, so that there are fewer looks: at most a tenth of the time goes into them. */
const restPerWork = 9;
/** What is short runs like anything else; what goes on from here on gives way to everybody. */
const busyAfterCpuMs = 400;

export interface WatchedTree {
  readonly root: number;
  /** Processes of the tier itself, which do not count. */
  readonly ownProcesses: number;
  readonly limits: SandboxLimits;
  /** How often it is looked at; 25 ms unless told. */
  readonly everyMs?: number | undefined;
  /** What else is looked at each time, such as the space that is left. */
  readonly alsoExceeded?: () => ExceededLimit | undefined;
}

const sum = (usages: readonly ProcessUsage[], of: (usage: ProcessUsage) => number): number =>
  usages.reduce((total, usage) => total + of(usage), 0);

/** The first limit that these processes together exceed. */
export function exceededBy(
  usages: readonly ProcessUsage[],
  { limits, ownProcesses }: Pick<WatchedTree, 'limits' | 'ownProcesses'>,
): ExceededLimit | undefined {
  if (sum(usages, ({ threads }) => threads) - ownProcesses > limits.processes) return 'processes';
  if (sum(usages, ({ memoryBytes }) => memoryBytes) > limits.memoryBytes) return 'memory';
  if (sum(usages, ({ cpuMs }) => cpuMs) > limits.cpuSeconds * 1000) return 'cpu';
  if (sum(usages, ({ writtenBytes }) => writtenBytes) > limits.writtenBytes) return 'disk';
  return undefined;
}

/**
 * Looks at a tree of processes every 25 ms, less often when there are many, and tells the first limit that it exceeds, once. What no resource limit of the kernel
 * bounds for a tree is bounded by this. Returns how to stop.
 */
export function watchTree(
  table: ProcessTable,
  watched: WatchedTree,
  onExceeded: (limit: ExceededLimit) => void,
): () => void {
  const everyMs = watched.everyMs ?? defaultEveryMs;
  const forget = table.watch(watched.root);
  const yielding = new Set<number>();
  let timer: NodeJS.Timeout;
  const look = (): void => {
    const startedAt = performance.now();
    const usages = table.tree(watched.root);
    if (sum(usages, ({ cpuMs }) => cpuMs) > busyAfterCpuMs) yieldAnew(usages, yielding);
    const limit = exceededBy(usages, watched) ?? watched.alsoExceeded?.();
    const restMs = Math.max(everyMs, restPerWork * (performance.now() - startedAt));
    if (limit === undefined) timer = setTimeout(look, restMs);
    else onExceeded(limit);
  };
  timer = setTimeout(look, everyMs);
  return () => {
    clearTimeout(timer);
    forget();
  };
}

/** Each once: what they start later inherits it. */
function yieldAnew(usages: readonly ProcessUsage[], yielding: Set<number>): void {
  const anew = usages.map(({ pid }) => pid).filter((pid) => !yielding.has(pid));
  for (const pid of anew) yielding.add(pid);
  yieldToOthers(anew);
}
