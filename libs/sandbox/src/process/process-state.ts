import { readFileSync, writeFileSync } from 'node:fs';

/** Whether a process is there and not just waiting to be taken note of. */
export function isAlive(pid: number): boolean {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text[text.lastIndexOf(')') + 2] !== 'Z';
  } catch {
    return false;
  }
}

/**
 * Gives a process's session the least weight. Where the kernel groups by session (sched_autogroup), a process's own niceness counts
 * within its session only. Limited by the kernel to a few a second for those who are not root; then it is left as it is.
 */
export function yieldToOthers(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    writeFileSync(`/proc/${pid}/autogroup`, '19');
  } catch {
    // gone, not grouped, or too often
  }
}
