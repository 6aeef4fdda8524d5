import { randomInt } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Random letters and digits from the system's generator. */
export const randomWord = (length: number): string =>
  Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');

/**
 * The secret in `path`, made once and then kept; readable by its owner only.
 *
 * @param make is asked when there is none yet
 */
export function keptSecret(path: string, make: () => string): string {
  try {
    writeFileSync(path, make(), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const secret = readFileSync(path, 'utf8').trim();
  if (secret !== '') return secret;
  // Written when the disk was full, or emptied by hand.
  writeFileSync(path, make(), { mode: 0o600 });
  return readFileSync(path, 'utf8').trim();
}

export const developmentKey = (path: string): string => keptSecret(path, () => `lum_dev_${randomWord(32)}`);

/** It may do everything: whoever can read it can read the data folder. */
export const developmentScopes = 'runs:read+runs:write+approve+admin+operator';

/** Made once for a data folder. */
export const keyPepper = (path: string): string => keptSecret(path, () => randomWord(43));

/** The tenant that the development key belongs to. */
export const developmentTenant = 'dev';
