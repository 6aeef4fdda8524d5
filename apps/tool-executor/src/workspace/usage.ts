import { isUtf8 } from 'node:buffer';
import { lstat, opendir } from 'node:fs/promises';
import type { Pin, Pinning } from './pin';
import { asWorkspaceError } from './workspace-error';

/** What a workspace holds. */
export interface Usage {
  /** By the sizes that are listed: a file with holes counts in full, one with several names once for each. */
  readonly bytes: number;
  /** Whatever has a name: files, folders, links. */
  readonly entries: number;
}

const parallelLooks = 16;
const maxDepth = 256;

/**
 * Counts everything below a folder. Links are not followed. What vanishes meanwhile does not count; a folder that may not be
 * entered, lies more than 256 levels down, or has a name that is not valid UTF-8 counts as one entry.
 *
 * @throws the signal's reason
 */
export async function measureUsage(root: Pin, pinning: Pinning, signal: AbortSignal): Promise<Usage> {
  const usage = { bytes: 0, entries: 0 };
  await count(root, 0, { usage, pinning, signal });
  return usage;
}

interface Counting {
  readonly usage: { bytes: number; entries: number };
  readonly pinning: Pinning;
  readonly signal: AbortSignal;
}

async function count(folder: Pin, depth: number, counting: Counting): Promise<void> {
  const below: string[] = [];
  const files: Buffer[] = [];
  // Names come as bytes, which Node's types do not say.
  const stream = await opendir(folder.path, { encoding: 'buffer' as BufferEncoding, bufferSize: 512 });
  try {
    for (let entry = await stream.read(); entry !== null; entry = await stream.read()) {
      counting.signal.throwIfAborted();
      counting.usage.entries++;
      const name = Buffer.from(entry.name);
      if (entry.isFile()) files.push(name);
      if (entry.isDirectory() && isUtf8(name)) below.push(name.toString());
    }
  } finally {
    await stream.close();
  }
  await addSizes(folder, files, counting);
  if (depth < maxDepth) for (const name of below) await enter(folder, name, { depth, counting });
}

async function addSizes(folder: Pin, files: Buffer[], { usage, signal }: Counting): Promise<void> {
  const prefix = Buffer.from(`${folder.path}/`);
  const look = async (): Promise<void> => {
    for (let name = files.pop(); name !== undefined; name = files.pop()) {
      signal.throwIfAborted();
      const bytes = await lstat(Buffer.concat([prefix, name])).then(
        ({ size }) => size,
        () => 0,
      );
      usage.bytes += bytes; // not in one expression with the waiting: the others add meanwhile
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallelLooks, files.length) }, look));
}

async function enter(
  folder: Pin,
  name: string,
  { depth, counting }: { depth: number; counting: Counting },
): Promise<void> {
  let pin: Pin | undefined;
  try {
    pin = await counting.pinning.pinChild(folder, name);
    if (pin.kind === 'directory') await count(pin, depth + 1, counting);
  } catch (error) {
    // Gone, or not to be entered: expected. Anything else, such as the signal, ends the count.
    if (asWorkspaceError(error, name) === error) throw error;
  } finally {
    pin?.close();
  }
}
