import type { DataFolder } from '../data/data-folder';
import type { Shell } from '../command-line/shell';

export interface StackOptions {
  readonly data: DataFolder;
  /** The folder that holds apps/NAME/src/main.js of each service. */
  readonly programs: string;
  /** Asked for by hand; undefined: 8080, or a free one. 0: a free one. */
  readonly port: number | undefined;
  /** Of the orchestrator and of the executor, each. */
  readonly replicas: number;
  readonly isExplicit: boolean;
  readonly caller: Pick<Shell, 'env' | 'cwd'>;
}

/** Where a supervisor tells how it goes. */
export interface StackReporter {
  /** A step of the start or of the stop, in words. */
  readonly progress: (text: string) => void;
  /** What happened to a running stack: deaths and restarts. */
  readonly note: (text: string) => void;
}

export const defaultPort = 8080;
export const defaultHealthPort = 8081;
export const maxReplicas = 64;
