import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxWorkspace } from '../sandbox';
import { below } from '../workspace-path';

/** Read and execute. None of it is secret: programs, libraries, and what the loader and resolver read. */
export const systemPaths: readonly string[] = [
  ...['/usr', '/lib', '/lib64', '/bin', '/sbin'],
  ...[
    '/etc/ld.so.cache',
    '/etc/alternatives',
    '/etc/nsswitch.conf',
    '/etc/hosts',
    '/etc/localtime',
    '/etc/ssl/openssl.cnf',
  ],
];

export const devicePaths: readonly string[] = ['null', 'zero', 'full', 'random', 'urandom'].map((name) =>
  join('/dev', name),
);

/**
 * What of a workspace may be written. Landlock only grants, and a grant holds for all below: where something is sealed, what lies
 * beside it is granted piece by piece, and nothing new can be made in the folders on the way.
 */
export function workspacePaths({ path, sealed = [] }: SandboxWorkspace): readonly string[] {
  const inside = sealed.filter((folder) => existsSync(folder) && below(path, folder) !== undefined);
  if (sealed.includes(path)) return [];
  if (inside.length === 0) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => !entry.isSymbolicLink())
    .map((entry) => join(path, entry.name))
    .filter((child) => !inside.includes(child))
    .flatMap((child) =>
      inside.some((folder) => below(child, folder) !== undefined)
        ? workspacePaths({ path: child, sealed: inside })
        : [child],
    );
}
