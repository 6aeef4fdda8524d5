import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

const fileName = 'lumina.yaml';

/**
 * The configuration file that is used: the named one, else the `lumina.yaml` that ships with Lumina, found at or above
 * `from`.
 */
export function configPath(named: string | undefined, from: string): string {
  if (named !== undefined) return named;
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, fileName);
    if (existsSync(candidate) || folder === dirname(folder)) return candidate;
  }
}
