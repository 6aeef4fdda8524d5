import { createHmac, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * `lum_<environment>_<id><checksum>`: 32 random letters and digits, and 6 that are computed from all before them. The checksum
 * keeps no secret: it tells a mistyped or cut key from an unknown one without asking anybody, and lets scanners be sure of a find.
 */
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const idLength = 32;
const checksumLength = 6;

export const keyEnvironments = ['live', 'test'] as const;
export type KeyEnvironment = (typeof keyEnvironments)[number];

export function newKey(environment: KeyEnvironment): string {
  const id = Array.from({ length: idLength }, () => alphabet[randomInt(alphabet.length)]).join('');
  const head = `lum_${environment}_${id}`;
  return head + checksumOf(head);
}

/** Whether this can be a key that was issued, by its form and its checksum. */
export function isIssuedForm(key: string): boolean {
  if (!/^lum_(live|test)_[0-9A-Za-z]{38}$/.test(key)) return false;
  return checksumOf(key.slice(0, -checksumLength)) === key.slice(-checksumLength);
}

function checksumOf(head: string): string {
  let rest = crc32(head);
  let word = '';
  for (let place = 0; place < checksumLength; place += 1) {
    word = `${alphabet[rest % alphabet.length] ?? ''}${word}`;
    rest = Math.floor(rest / alphabet.length);
  }
  return word;
}

/** What is kept of a key: whoever reads the store cannot try keys against it without the pepper. */
export const keyDigest = (key: string, pepper: string): string =>
  createHmac('sha256', pepper).update(key).digest('hex');

export const keyId = (digest: string): string => `key:${digest.slice(0, 12)}`;
