import { z } from 'zod';
import type { SourceTree } from './source-tree';

const versions = z.record(z.string(), z.string()).default({});
const manifestSchema = z.object({
  dependencies: versions,
  devDependencies: versions,
  optionalDependencies: versions,
});

/** Name → version of everything that the root package.json asks for. */
export function requestedPackages(tree: SourceTree): ReadonlyMap<string, string> {
  const manifest = manifestSchema.parse(JSON.parse(tree.read('package.json')));
  return new Map(
    Object.entries({
      ...manifest.optionalDependencies,
      ...manifest.devDependencies,
      ...manifest.dependencies,
    }),
  );
}

const lockFileSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      license: z.string().optional(),
      resolved: z.string().optional(),
      link: z.boolean().optional(),
    }),
  ),
});

export type LockedPackages = z.infer<typeof lockFileSchema>['packages'];

/** Path below the root (`node_modules/…`) → what package-lock.json says of it; the root itself is left out. */
export function lockedPackages(tree: SourceTree): LockedPackages {
  const { packages } = lockFileSchema.parse(JSON.parse(tree.read('package-lock.json')));
  return Object.fromEntries(Object.entries(packages).filter(([path]) => path !== ''));
}
