import { itemKind } from '@lumina/contracts';
import type { Ringer } from '@lumina/queue';
import type { OverdueItem, RunStore } from '@lumina/store';

export interface SweeperOptions {
  readonly store: Pick<RunStore, 'sweep'>;
  readonly ringer: Pick<Ringer, 'queueUp'>;
  readonly everyMs: number;
  /** Told of each round that the store answered, and what was overdue in it. */
  readonly onSwept: (items: readonly OverdueItem[]) => void;
  readonly onError: (error: unknown) => void;
}

const batch = 200;

/** Rings for what is overdue. Every orchestrator sweeps; the store hands each item to one of them. */
export class Sweeper {
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
        overdue = await store.sweep(batch);
        await ringer.queueUp(overdue);
        // Subagents and approvals are looked at in their time; that is no recovery.
        onSwept(overdue.filter(({ item }) => itemKind(item) === 'step' || itemKind(item) === 'call'));
      } while (overdue.length === batch && !this.isStopped);
    } catch (error) {
      onError(error);
    }
  }
}
