import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { WorkContext } from './context';

/**
 * What a program of its own prints as one JSON document; its other stream is progress.
 *
 * @throws Error when it fails, with its last words
 */
export async function printedBy(
  name: string,
  command: readonly string[],
  { progress, signal }: Pick<WorkContext, 'progress' | 'signal'>,
): Promise<unknown> {
  const child = spawn(process.execPath, [...command], { stdio: ['ignore', 'pipe', 'pipe'], signal });
  let found = '';
  let last = '';
  child.stdout.on('data', (chunk: Buffer) => (found += chunk.toString()));
  createInterface({ input: child.stderr }).on('line', (line) => progress((last = `${name}: ${line}`)));
  const code = await new Promise<number | null>((done, failed) => {
    child.once('error', failed);
    child.once('close', done);
  });
  if (code !== 0) throw new Error(`${name} could not be measured: ${last}`);
  return JSON.parse(found) as unknown;
}
