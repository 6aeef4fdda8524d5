// Exits 0 when node_modules holds just what package-lock.json asks for, so that an install made by hand is not made again.
// Runs on the caller's own Node (18 or later), before anything is installed: node packages-in-step.mjs ROOT
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @param {string} root absolute path of the repository */
export function packagesAreInStep(root) {
  const read = (path) => JSON.parse(readFileSync(join(root, path), 'utf8')).packages ?? {};
  const wanted = read('package-lock.json');
  const installed = read('node_modules/.package-lock.json');
  const isSettled = ([path, { version, optional }]) => {
    if (path === '') return true;
    if (!(path in installed)) return optional === true;
    return installed[path].version === version && existsSync(join(root, path, 'package.json'));
  };
  return Object.entries(wanted).every(isSettled) && Object.keys(installed).every((path) => path in wanted);
}

const root = process.argv[2];
if (root !== undefined) {
  let isInStep = false;
  try {
    isInStep = packagesAreInStep(root);
  } catch {
    // nothing installed, or half of it
  }
  process.exitCode = isInStep ? 0 : 1;
}
