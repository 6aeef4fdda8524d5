import type { Doorbell, Ring } from '@lumina/contracts';
import type { JobsOptions } from 'bullmq';

/** A doorbell, its tenant's runs under way, and the priority of the job that it goes into; 0: none, before all others. */
export interface PlacedBell {
  readonly bell: Doorbell;
  readonly place: number;
  readonly priority: number;
}

export interface RingJob {
  readonly name: 'ring';
  readonly data: Ring;
  readonly opts: JobsOptions;
}

export interface ChimeOptions {
  readonly deliver: (bells: readonly PlacedBell[]) => Promise<unknown>;
  readonly onUndelivered: (error: unknown) => void;
  /** From one delivery to the next: a single doorbell leaves at once, in a dense sequence what comes meanwhile leaves together. */
  readonly gatherMs?: number;
}

/** How many doorbells one job carries at most: a worker with little room takes a job only as a whole. */
export const maxBells = 8;
const defaultGatherMs = 2;

/**
 * Gathers the doorbells of one queue. A BullMQ job costs far more than the doorbell in it, so those that are rung while a delivery is under way
 * share the next ones: one job for each priority.
 */
export class Chime {
  private pending: PlacedBell[] = [];
  private next: Promise<void> | undefined;
  private current: Promise<void> = Promise.resolve();
  private lastAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: ChimeOptions) {}

  /** Resolves when the doorbells were delivered, or reported as undelivered. */
  ring(bells: readonly PlacedBell[]): Promise<void> {
    if (bells.length === 0) return Promise.resolve();
    this.pending.push(...bells);
    this.next ??= this.deliverNext();
    return this.next;
  }

  /** Resolves when nothing is left to deliver. */
  async idle(): Promise<void> {
    await (this.next ?? this.current);
  }

  private async deliverNext(): Promise<void> {
    await this.current;
    const waitMs = this.lastAtMs + (this.options.gatherMs ?? defaultGatherMs) - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    this.next = undefined;
    this.lastAtMs = performance.now();
    this.current = this.deliver(this.pending.splice(0));
    await this.current;
  }

  private async deliver(bells: readonly PlacedBell[]): Promise<void> {
    try {
      await this.options.deliver(bells);
    } catch (error) {
      this.options.onUndelivered(error);
    }
  }
}

export function jobsOf(bells: readonly PlacedBell[]): RingJob[] {
  const byPriority = Map.groupBy(bells, ({ priority }) => priority);
  return [...byPriority].flatMap(([priority, placed]) =>
    chunksOf(placed, maxBells).map((chunk) => ({
      name: 'ring' as const,
      data: { c: 2 as const, bells: chunk.map(({ bell }) => bell) },
      opts: priority === 0 ? {} : { priority },
    })),
  );
}

export function chunksOf<Value>(values: readonly Value[], size: number): readonly (readonly Value[])[] {
  const count = Math.ceil(values.length / size);
  return Array.from({ length: count }, (_, index) => values.slice(index * size, (index + 1) * size));
}
