import type { Disk } from './disk';
import type { Intents } from './intents';
import type { Pin, Pinning } from './pin';
import type { Quota, QuotaRoot } from './quota';
import type { WriteRecord } from './write-record';

/** What one call writes with. */
export interface WriteScope {
  readonly disk: Disk;
  readonly quota: Quota;
  readonly quotaRoot: QuotaRoot;
  readonly intents: Intents;
  readonly pinning: Pinning;
  /** The same for every attempt at the call: `run/item`. */
  readonly callKey: string;
  readonly signal: AbortSignal;
  /** From the root to an object; undefined: the root itself. Missing folders are made when `make` says how. */
  readonly walk: (
    components: readonly string[],
    asked: string,
    make?: (parent: Pin, name: string) => Promise<void>,
  ) => Promise<Pin | undefined>;
  readonly components: (asked: string) => readonly string[];
  readonly pathDigest: (asked: string) => string;
  readonly record: (record: Omit<WriteRecord, 'tool' | 'call'>) => void;
  /** How many folders this call has made so far. */
  readonly madeFolders: () => number;
}
