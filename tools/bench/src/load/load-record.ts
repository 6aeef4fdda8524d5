export interface Load {
  /** From the first question until the last answer. */
  readonly elapsedMs: number;
  /** Of each run that was answered. */
  readonly latenciesMs: readonly number[];
  /** Why runs were not answered, each once, and how many. */
  readonly errors: ReadonlyMap<string, number>;
}

/** One run, to its answer. */
export type Ask = () => Promise<void>;

export class LoadRecord {
  readonly latenciesMs: number[] = [];
  readonly errors = new Map<string, number>();
  private readonly startMs = performance.now();

  /**
   * Asks, and counts how long the answer took since it was due.
   *
   * @returns whether it was answered
   */
  async time(ask: Ask, dueMs = performance.now()): Promise<boolean> {
    try {
      await ask();
      this.latenciesMs.push(performance.now() - dueMs);
      return true;
    } catch (error) {
      const words = String(error).slice(0, 200);
      this.errors.set(words, (this.errors.get(words) ?? 0) + 1);
      return false;
    }
  }

  /** All of it, if it ends now. */
  load(): Load {
    const elapsedMs = performance.now() - this.startMs;
    return { elapsedMs, latenciesMs: this.latenciesMs, errors: this.errors };
  }
}
