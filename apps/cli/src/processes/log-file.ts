import { closeSync, openSync, readSync, renameSync, statSync } from 'node:fs';

const rotateAtBytes = 20 * 1024 * 1024;
const tailBytes = 16 * 1024;

/** Opens for appending; one that has grown large is put aside as `.1` first. The caller closes it. */
export function openLog(path: string): number {
  const sizeBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (sizeBytes > rotateAtBytes) renameSync(path, `${path}.1`);
  return openSync(path, 'a', 0o600);
}

/** The last lines of a log, as text; empty when there is none. */
export function lastLines(path: string, count: number): readonly string[] {
  const sizeBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (sizeBytes === 0) return [];
  const buffer = Buffer.alloc(Math.min(sizeBytes, tailBytes));
  const file = openSync(path, 'r');
  try {
    readSync(file, buffer, 0, buffer.length, sizeBytes - buffer.length);
  } finally {
    closeSync(file);
  }
  return buffer.toString('utf8').trimEnd().split('\n').slice(-count);
}
