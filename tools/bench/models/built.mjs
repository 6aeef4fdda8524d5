// What the programs of this folder share: the built libraries, and figures of samples.
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
export const require = createRequire(import.meta.url);
export const library = (name) => require(resolve(root, 'dist/libs', name, 'src/index.js'));

const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];

/** Milliseconds. */
export function timesOf(samples) {
  const sorted = samples.toSorted((one, other) => one - other);
  return { p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99), maxMs: sorted.at(-1) };
}
