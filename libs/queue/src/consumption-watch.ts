export interface Consumption {
  /** How many doorbells have been taken so far, and how many are being answered. */
  readonly progress: () => { readonly taken: number; readonly active: number };
  /** How many wait in the queue, as another connection sees it. Rejects while Redis is away. */
  readonly waiting: () => Promise<number>;
  /** Opens the worker anew. */
  readonly reopen: () => Promise<void>;
  readonly onError: (error: unknown) => void;
}

const everyMs = 2_000;
/** So often in a row doorbells must wait and an idle worker take none. */
const patience = 3;

/**
 * A worker can come out of an outage looking alive and never take a job again. This one notices: doorbells wait, nothing is being answered,
 * and none was taken since the last looks. Then the worker is opened anew, from within, rather than by whoever restarts the process.
 */
export class ConsumptionWatch {
  private timer: NodeJS.Timeout | undefined;
  private lastTaken = 0;
  private suspicions = 0;
  private isLooking = false;

  constructor(
    private readonly consumption: Consumption,
    private readonly intervalMs = everyMs,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.look(), this.intervalMs);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** One look. A look that still waits for Redis is the only one. */
  async look(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    try {
      this.suspicions = (await this.isSuspicious()) ? this.suspicions + 1 : 0;
      if (this.suspicions < patience) return;
      this.suspicions = 0;
      const waitedMs = patience * this.intervalMs;
      this.consumption.onError(
        new Error(`doorbells wait and none was taken for ${waitedMs} ms: opened anew`),
      );
      await this.consumption.reopen();
    } catch {
      // Redis is away: nobody could take anything.
      this.suspicions = 0;
    } finally {
      this.isLooking = false;
    }
  }

  private async isSuspicious(): Promise<boolean> {
    const before = this.consumption.progress();
    const hasMoved = before.taken !== this.lastTaken || before.active > 0;
    this.lastTaken = before.taken;
    if (hasMoved || (await this.consumption.waiting()) === 0) return false;
    return this.consumption.progress().taken === before.taken;
  }
}
