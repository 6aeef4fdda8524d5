import { pause } from '@lumina/testbed';
import { type ByRole, spent } from '../accounts/by-role';
import { cpuByRole } from '../probes/process-probe';
import type { WorkContext } from './context';

/** Starting up leaves some work behind. */
const settleMs = 2_000;
const restMs = 3_000;

/** What each subject takes while nobody asks it for anything: shares of one core, by role. */
export async function restingShares({
  subjects,
  progress,
  signal,
}: WorkContext): Promise<Readonly<Record<string, ByRole>>> {
  progress('looking at what they take at rest');
  await pause(settleMs, signal);
  const now = (): readonly ByRole[] => subjects.map(({ watched }) => cpuByRole(watched));
  const before = now();
  await pause(restMs, signal);
  const after = now();
  const shareOf = (index: number): ByRole => {
    const seconds = Object.entries(spent(before[index] ?? {}, after[index] ?? {}));
    return Object.fromEntries(seconds.map(([role, spentSeconds]) => [role, spentSeconds / (restMs / 1_000)]));
  };
  return Object.fromEntries(subjects.map(({ name }, index) => [name, shareOf(index)]));
}
