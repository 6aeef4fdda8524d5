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

/** Absolute path of a compiled file, for example `apps/gateway/src/main.js`. */
export const builtFile = (path: string): string => join(repositoryRoot, 'dist', path);
