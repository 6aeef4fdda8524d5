import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { Peer } from './peer-list';

/** npm leaves its own lock file behind when it is done; a lock file that is younger asks for another installation. */
export function isInstalled(folder: string, { main }: Peer): boolean {
  const own = dirname(join(folder, main));
  const stamp = join(own, 'node_modules/.package-lock.json');
  return existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(join(own, 'package-lock.json')).mtimeMs;
}

/**
 * Installs a peer's packages from its lock file; what npm says goes to `tell`.
 *
 * @throws Error when it cannot be installed
 */
export async function installPeer(
  folder: string,
  { name }: Peer,
  tell: (text: string) => void,
): Promise<void> {
  const child = spawn(process.execPath, [join(folder, 'install.mjs'), name], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // npm runs on the Node that it finds first.
    env: { ...process.env, PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) },
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n')) if (line.trim() !== '') tell(`${name}: ${line.trim()}`);
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${name} could not be installed (exit ${String(code)})`);
}
