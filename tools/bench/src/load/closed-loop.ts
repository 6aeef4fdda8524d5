export interface Load {
  /** From the first question until the last answer. */
  readonly elapsedMs: number;
  /** Of each run that was answered. */
  readonly latenciesMs: readonly number[];
  /** Why runs were not answered, each once, and how many. */
  readonly errors: ReadonlyMap<string, number>;
}

export interface ClosedLoop {
  readonly clients: number;
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/** So many clients, each of which asks again when it has its answer; nobody is cut off at the end. */
export async function closedLoop(
  ask: () => Promise<void>,
  { clients, seconds, signal }: ClosedLoop,
): Promise<Load> {
  const record = new LoadRecord();
  const startMs = performance.now();
  const endMs = startMs + seconds * 1_000;
  const live = async (): Promise<void> => {
    while (performance.now() < endMs && !signal.aborted) await record.time(ask);
  };
  await Promise.all(Array.from({ length: clients }, live));
  return record.after(performance.now() - startMs);
}

export class LoadRecord {
  readonly latenciesMs: number[] = [];
  readonly errors = new Map<string, number>();

  after(elapsedMs: number): Load {
    return { elapsedMs, latenciesMs: this.latenciesMs, errors: this.errors };
  }

  async time(ask: () => Promise<void>): Promise<void> {
    const askedMs = performance.now();
    try {
      await ask();
      this.latenciesMs.push(performance.now() - askedMs);
    } catch (error) {
      const words = String(error).slice(0, 200);
      this.errors.set(words, (this.errors.get(words) ?? 0) + 1);
    }
  }
}
