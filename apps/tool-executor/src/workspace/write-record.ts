import { digestOf } from './digest';

/**
 * What is put on record before and after a tool changes a workspace. No path and no content: those are arguments, and stand in the
 * run's journal under the same call. A path's digest lets whoever knows the path find what was done to it.
 */
export interface WriteRecord {
  readonly phase: 'before' | 'after';
  readonly tool: string;
  /** The run and the item of the call, `run/item`. */
  readonly call: string;
  readonly action: 'create' | 'replace' | 'delete' | 'move' | 'overwrite';
  /** First 16 hex digits of the SHA-256 of the path below the workspace. */
  readonly pathDigest: string;
  readonly toPathDigest?: string;
  /** SHA-256 of the content; absent: there is none, or it is a folder. */
  readonly beforeDigest?: string;
  readonly afterDigest?: string;
  readonly beforeBytes?: number;
  readonly afterBytes?: number;
  /** Of a folder: how many files and folders lie in it. */
  readonly entries?: number;
  /** Only after: `failed` leaves everything as it was, unless the answer to the model says otherwise. */
  readonly outcome?: 'done' | 'failed';
}

export const pathDigest = (path: string): string => digestOf(path).slice(0, 16);
