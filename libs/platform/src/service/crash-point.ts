import { closeSync, openSync } from 'node:fs';
import { text } from '../config';

/**
 * Names the places between the awaited parts of a worker's job. In production reaching one does nothing. A drill has one process
 * die at one of them, once: the marker file says that it has happened.
 */
export type CrashPoint = (name: string) => void;

export const crashSettings = {
  LUMINA_CRASH_AT: text({
    pattern: /^[a-z.]+@\/.+$/,
    expected: 'POINT@/path/of/a/marker/file',
    description: 'For drills only: where this process kills itself, once; the marker file says that it has.',
  }),
};

export function crashPoint(setting: string | undefined): CrashPoint {
  if (setting === undefined) return () => undefined;
  const at = setting.indexOf('@');
  const [name, marker] = [setting.slice(0, at), setting.slice(at + 1)];
  return (reached) => {
    if (reached === name && isFirst(marker)) process.kill(process.pid, 'SIGKILL');
  };
}

function isFirst(marker: string): boolean {
  try {
    closeSync(openSync(marker, 'wx'));
    return true;
  } catch {
    return false;
  }
}
