import { itemKind } from '@lumina/contracts';
import type { Ringer } from '@lumina/queue';
import type { OutageGrace, OverdueItem, RunStore } from '@lumina/store';

export interface SweeperOptions {
  readonly store: Pick<RunStore, 'sweep'>;
  readonly ringer: Pick<Ringer, 'queueUp'>;
  readonly everyMs: number;
  readonly leaseMs: number;
  /** Told of each round that the store answered, and what was overdue in it. */
  readonly onSwept: (items: readonly OverdueItem[]) => void;
  readonly onError: (error: unknown) => void;
}

const batch = 200;

/** A lease is renewed with most of it left, so what is shorter than half of one takes it from nobody; sweeps that are a little late are none. */
export const outageOf = ({ leaseMs, everyMs }: Pick<SweeperOptions, 'leaseMs' | 'everyMs'>): OutageGrace => ({
  leaseMs,
  unsweptMs: Math.max(leaseMs / 2, 3 * everyMs),
});

/**
 * Rings for what is overdue. Every orchestrator sweeps; the store hands each item to one of them. Invariants:
 *
 * G1 After an outage that a sweep has waited through, leases that ran out meanwhile are given once more (S8): who holds them waits as well.
 * G2 A process that has just started cannot tell an outage from a time in which no orchestrator was there, and after one that was too long
 *    for a sweep, whoever held anything has given it up too: in both cases nothing is held back.
 */
export class Sweeper {
  private hasSwept = false;
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> = Promise.resolve();
  private isStopped = false;

  constructor(private readonly options: SweeperOptions) {}

  start(): void {
    this.schedule();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.sweeping;
  }

  private schedule(): void {
    // Replicas that started together drift apart, so that one of them is always about to look.
    const waitMs = this.options.everyMs * (0.75 + Math.random() / 2);
    this.timer = setTimeout(() => {
      this.sweeping = this.sweep().finally(() => {
        if (!this.isStopped) this.schedule();
      });
    }, waitMs);
  }

  private async sweep(): Promise<void> {
    const { store, ringer, onSwept, onError } = this.options;
    try {
      let overdue: readonly OverdueItem[];
      do {
        overdue = await store.sweep(batch, this.hasSwept ? outageOf(this.options) : undefined);
        this.hasSwept = true;
        await ringer.queueUp(overdue);
        // Subagents and approvals are looked at in their time; that is no recovery.
        onSwept(overdue.filter(({ item }) => itemKind(item) === 'step' || itemKind(item) === 'call'));
      } while (overdue.length === batch && !this.isStopped);
    } catch (error) {
      this.hasSwept = false;
      onError(error);
    }
  }
}
