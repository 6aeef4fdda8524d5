import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

function rootAbove(folder: string): string {
  if (existsSync(join(folder, 'package-lock.json'))) return folder;
  const above = dirname(folder);
  if (above === folder) throw new Error('Lumina must run from its repository: no package-lock.json above it');
  return rootAbove(above);
}

/** The repository that this file belongs to, whether it runs from its source or from dist/. */
export const repositoryRoot = rootAbove(__dirname);

/** The folder with the compiled programs, which mirrors the source tree. */
export const builtPrograms = join(repositoryRoot, 'dist');
