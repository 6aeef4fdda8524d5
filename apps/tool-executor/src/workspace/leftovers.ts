import { randomBytes } from 'node:crypto';
import { digestOf } from './digest';

/**
 * Files that a write needs for a moment beside the file that it changes.
 *
 * F1 Their names tell the call that made them. A process that is killed leaves them; the next attempt at the same call clears them
 *    away, and so does any write in that folder a day later.
 * F2 No tool lists them, and none takes such a name for a file of its own.
 */
export type LeftoverKind =
  /** The new content, before it takes its name. */
  | 'new'
  /** The old content, as long as it may have to be put back. */
  | 'old'
  /** A folder that is deleted, after it has lost its name. */
  | 'gone';

const pattern = /^\.lumina-([0-9a-f]{16})-[0-9a-f]{16}\.(?:new|old|gone)$/i;

export const isLeftoverName = (name: string): boolean => pattern.test(name);

export const tagOf = (callKey: string): string => digestOf(callKey).slice(0, 16);

/** A fresh name: a late attempt never meets the files of a newer one. */
export const leftoverName = (callKey: string, kind: LeftoverKind): string =>
  `.lumina-${tagOf(callKey)}-${randomBytes(8).toString('hex')}.${kind}`;

/** The tag in a leftover's name; undefined for any other name. */
export const leftoverTag = (name: string): string | undefined => pattern.exec(name)?.[1];
