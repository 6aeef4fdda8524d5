/** How to start a process and to know that it is ready. */
export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly logFile: string;
  /** Tells its URL through the IPC channel once it listens; otherwise `url` is known beforehand. */
  readonly isAnnouncing: boolean;
  readonly url: string | undefined;
  /** Whether what answers at `url` is ready for work. */
  readonly isReady: (url: string) => Promise<boolean>;
  /** After this a process that was asked to stop is killed. */
  readonly stopTimeoutMs: number;
}
