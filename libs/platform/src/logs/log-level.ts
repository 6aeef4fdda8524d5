import type { LevelWithSilent } from 'pino';

interface Levelled {
  level: string;
}

/** How long a process tells more than usual after it was asked to: nobody has to remember to turn it back. */
export const verboseMs = 15 * 60_000;

const verbose: LevelWithSilent = 'debug';

/**
 * The level of a process' loggers, changed while it runs: raised to `debug` for a while, then each is as it was before. Asked again
 * meanwhile, the while begins anew.
 */
export class LogLevels {
  private readonly usual = new Map<Levelled, string>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly loggers: () => readonly Levelled[]) {}

  raise(forMs = verboseMs): void {
    for (const logger of this.loggers()) {
      if (logger.level === 'trace' || this.usual.has(logger)) continue;
      this.usual.set(logger, logger.level);
      logger.level = verbose;
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.lower(), forMs);
    this.timer.unref();
  }

  lower(): void {
    clearTimeout(this.timer);
    for (const [logger, level] of this.usual) logger.level = level;
    this.usual.clear();
  }
}
