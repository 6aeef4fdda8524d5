import type { Check } from './check';
import { lockedPackages, requestedPackages } from './package-json';
import type { SourceTree } from './source-tree';

/** Licences that let an Apache-2.0 program use, change and ship the code. Anything else asks for a decision. */
const permissive = new Set([
  'MIT',
  'Apache-2.0',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC-BY-4.0',
  'CC0-1.0',
  'Python-2.0',
  'Unlicense',
  'Zlib',
]);

/** Understands flat SPDX expressions, which is all that packages use: `A OR B` needs one, `A AND B` needs both. */
export function isPermissive(expression: string): boolean {
  const flat = expression.replaceAll(/[()]/g, '').trim();
  if (flat.includes(' OR ') && flat.includes(' AND ')) return false;
  if (flat.includes(' OR ')) return flat.split(' OR ').some((name) => permissive.has(name));
  return flat.split(' AND ').every((name) => permissive.has(name));
}

export function lockFileFaults(tree: SourceTree): readonly string[] {
  const packages = lockedPackages(tree);
  const hosted = Object.entries(packages).filter(
    ([, entry]) => entry.resolved !== undefined && entry.link !== true,
  );
  const unclear = Object.entries(packages).filter(([, { license = '' }]) => !isPermissive(license));
  const missing = [...requestedPackages(tree).keys()].filter((name) => !(`node_modules/${name}` in packages));
  return [
    ...hosted.map(
      ([path, entry]) =>
        `package-lock.json ${path} names where it was fetched (${entry.resolved ?? ''}): npm install with the .npmrc of this repository`,
    ),
    ...unclear.map(
      ([path, { license }]) =>
        `package-lock.json ${path} has the licence "${license ?? 'none'}", which is not known to be permissive`,
    ),
    ...missing.map((name) => `package-lock.json lacks ${name}: run npm install`),
  ];
}

export const lockFile: Check = { name: 'lock file: no hosts, permissive licences', faults: lockFileFaults };
