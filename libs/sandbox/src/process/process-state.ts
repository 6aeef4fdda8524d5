import { readFileSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

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
 * Gives processes the least weight. Where the kernel groups by session (sched_autogroup), a process's own niceness counts within its
 * session only, so that the session is given the least weight, too; the kernel takes that only a few times a second from others
 * than root.
 */
export function yieldToOthers(pids: readonly number[]): void {
  for (const pid of pids)
    try {
      setPriority(pid, constants.priority.PRIORITY_LOW);
      writeFileSync(`/proc/${pid}/autogroup`, String(constants.priority.PRIORITY_LOW));
    } catch {
      // gone, not grouped, or too often
    }
}
