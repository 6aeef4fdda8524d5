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

/** The session's group that a process is scheduled in, such as "/autogroup-7"; undefined where the kernel does not group. */
function autogroupOf(pid: number | 'self'): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/autogroup`, 'latin1').split(' ')[0];
  } catch {
    return undefined;
  }
}

/**
 * Gives processes the least weight. Where the kernel groups by session (sched_autogroup), a process's own niceness counts within its
 * session only, so that the session is given the least weight, too; the kernel takes that only a few times a second from others
 * than root. Our own session keeps its weight: a tier's launcher is in it, and so are we.
 */
export function yieldToOthers(pids: readonly number[]): void {
  const lowest = constants.priority.PRIORITY_LOW;
  const ours = autogroupOf('self');
  for (const pid of pids)
    try {
      setPriority(pid, lowest);
      if (autogroupOf(pid) !== ours) writeFileSync(`/proc/${pid}/autogroup`, String(lowest));
    } catch {
      // gone, not grouped, or too often
    }
}
