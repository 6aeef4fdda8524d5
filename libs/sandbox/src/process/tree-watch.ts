import type { ExceededLimit, SandboxLimits } from '../sandbox';
import type { ProcessTable, ProcessUsage } from './process-table';

const everyMs = 25;

export interface WatchedTree {
  readonly root: number;
  /** Processes of the tier itself, which do not count. */
  readonly ownProcesses: number;
  readonly limits: SandboxLimits;
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
 * Looks at a tree of processes every 25 ms and tells the first limit that it exceeds, once. What no resource limit of the kernel
 * bounds for a tree is bounded by this. Returns how to stop.
 */
export function watchTree(
  table: ProcessTable,
  watched: WatchedTree,
  onExceeded: (limit: ExceededLimit) => void,
): () => void {
  const forget = table.watch(watched.root);
  const timer = setInterval(() => {
    const limit = exceededBy(table.tree(watched.root), watched) ?? watched.alsoExceeded?.();
    if (limit === undefined) return;
    clearInterval(timer);
    onExceeded(limit);
  }, everyMs);
  return () => {
    clearInterval(timer);
    forget();
  };
}
