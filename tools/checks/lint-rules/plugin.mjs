import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { fileName } from './file-name.mjs';
import { functionLines } from './function-lines.mjs';
import { parameterCount } from './parameter-count.mjs';

// ESLint's cache tells plugins apart by name and version only: the version is the digest of the rules.
const digest = createHash('sha256');
for (const name of readdirSync(import.meta.dirname).sort())
  if (name.endsWith('.mjs')) digest.update(readFileSync(`${import.meta.dirname}/${name}`));

/** The house's own lint rules, as an ESLint plugin. */
export const house = {
  meta: { name: 'house', version: digest.digest('hex').slice(0, 12) },
  rules: { 'file-name': fileName, 'function-lines': functionLines, 'parameter-count': parameterCount },
};
