import { setTimeout as pause } from 'node:timers/promises';
import type { Circumstances } from '@lumina/agent';
import type { BudgetShortage } from '@lumina/contracts';
import type { Lease, RunStore } from '@lumina/store';

/** While only calls under way stand in the way, some of them may end in the meantime: so long a reader may wait for the next word. */
const usualPausesMs: readonly number[] = [250, 500, 1_000];

/** Whether the budgets that count a step have room for further requests of it, each held for before it is sent. */
export class RoomToAskAgain {
  private short: BudgetShortage | undefined;

  constructor(
    private readonly store: Pick<RunStore, 'holdAgain'>,
    private readonly lease: Lease,
    private readonly pausesMs = usualPausesMs,
  ) {}

  /** Why there was none, if there was none. */
  get shortage(): BudgetShortage | undefined {
    return this.short;
  }

  get asCircumstance(): Pick<Circumstances, 'shortage'> {
    return this.short === undefined ? {} : { shortage: this.short };
  }

  /** False also where somebody else has taken the step over. Rejects while the store cannot be asked: the step is given back then. */
  async for(paid: number): Promise<boolean> {
    for (const pauseMs of [...this.pausesMs, undefined]) {
      const outcome = await this.store.holdAgain(this.lease, paid);
      this.short = outcome.kind === 'short' ? outcome.shortage : undefined;
      if (this.short?.isCrowded !== true || pauseMs === undefined)
        return outcome.kind === 'held' || outcome.kind === 'free';
      await pause(pauseMs);
    }
    return false;
  }
}
