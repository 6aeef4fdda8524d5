import type { RunStore } from '@lumina/store';

type Reckoning = Awaited<ReturnType<RunStore['reckon']>>;

export interface ReckonerOptions {
  readonly store: Pick<RunStore, 'reckon'>;
  readonly everyMs: number;
  readonly onReckoned: (reckoning: Reckoning) => void;
  readonly onError: (error: unknown) => void;
}

/** Looks for reservations that nobody is left to settle: of runs that were removed, of items that closed without their holder. */
export class Reckoner {
  private timer: NodeJS.Timeout | undefined;
  private reckoning: Promise<void> = Promise.resolve();
  private isStopped = false;

  constructor(private readonly options: ReckonerOptions) {}

  start(): void {
    const waitMs = this.options.everyMs * (0.75 + Math.random() / 2);
    this.timer = setTimeout(() => {
      this.reckoning = this.reckon().finally(() => {
        if (!this.isStopped) this.start();
      });
    }, waitMs);
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.reckoning;
  }

  private async reckon(): Promise<void> {
    try {
      this.options.onReckoned(await this.options.store.reckon());
    } catch (error) {
      this.options.onError(error);
    }
  }
}
