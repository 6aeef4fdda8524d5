import { closeSync, openSync, readSync, renameSync, statSync } from 'node:fs';

const rotateAtBytes = 20 * 1024 * 1024;
const tailBytes = 64 * 1024;

/** Opens for appending; one that has grown large is put aside as `.1` first. The caller closes it. */
export function openLog(path: string): number {
  if (sizeOfLog(path) > rotateAtBytes) renameSync(path, `${path}.1`);
  return openSync(path, 'a', 0o600);
}

export const sizeOfLog = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/** The lines of a log after its first `fromBytes`, or the last of them where there are many; none when there is no log. */
export function linesSince(path: string, fromBytes: number): readonly string[] {
  const sizeBytes = sizeOfLog(path);
  // One that is shorter than it was has been put aside meanwhile.
  const newBytes = sizeBytes < fromBytes ? sizeBytes : sizeBytes - fromBytes;
  if (newBytes === 0) return [];
  const buffer = Buffer.alloc(Math.min(newBytes, tailBytes));
  const file = openSync(path, 'r');
  try {
    readSync(file, buffer, 0, buffer.length, sizeBytes - buffer.length);
  } finally {
    closeSync(file);
  }
  return buffer.toString('utf8').trimEnd().split('\n');
}
