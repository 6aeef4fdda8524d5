import type { RunEvent } from '@lumina/contracts';
import type { Cancellations } from './cancellations';
import type { Lease, Renewal, RunStore } from './run-store';
import { storeCounts } from './store-metrics';

export interface LeaseTimes {
  readonly leaseMs: number;
  readonly renewEveryMs: number;
  /** How long what is to be shown may be gathered after the first piece went out. */
  readonly gatherMs: number;
}

export const defaultLeaseTimes: LeaseTimes = { leaseMs: 3_000, renewEveryMs: 1_000, gatherMs: 25 };

/**
 * Holds a lease while work is under way, and carries the work's words to those who watch. Invariants:
 *
 * K1 One renewal at a time, numbered, so that events are shown in order and once.
 * K2 A lost lease aborts the work at once: somebody else holds the item, and what is still done is done for nothing.
 * K3 The first words leave with the turn of the event loop that brought them; what follows is gathered, so that a dense stream costs few
 *    round trips. A message that came whole has been answered by then, and its words go with the commit.
 */
export class LeaseKeeper {
  private readonly abort = new AbortController();
  private readonly cancel = new AbortController();
  private readonly unwatch: () => void;
  private readonly timer: NodeJS.Timeout;
  private pending: RunEvent[] = [];
  private partialMessageId: string | undefined;
  private count = 0;
  private renewing: Promise<void> | undefined;
  private gathering: (() => void) | undefined;
  private lastShownAtMs = Number.NEGATIVE_INFINITY;
  private isDone = false;

  constructor(
    private readonly store: Pick<RunStore, 'renew'>,
    private readonly lease: Lease,
    private readonly times: LeaseTimes = defaultLeaseTimes,
    cancellations: Pick<Cancellations, 'watch'> = { watch: () => () => undefined },
  ) {
    this.timer = setInterval(() => void this.renew(), times.renewEveryMs);
    storeCounts.leasesHeld += 1;
    this.unwatch = cancellations.watch(lease.run, () =>
      this.cancel.abort(new Error('the run was cancelled')),
    );
  }

  /** Aborted when the lease is lost. */
  get signal(): AbortSignal {
    return this.abort.signal;
  }

  /** Aborted when the run is cancelled: at once by message, and by the next renewal if the message was lost. */
  get cancelled(): AbortSignal {
    return this.cancel.signal;
  }

  /** Adds words to a message that is being streamed. */
  say(messageId: string, text: string): void {
    this.partialMessageId = messageId;
    const last = this.pending.at(-1);
    if (last?.type === 'delta' && last.messageId === messageId) {
      this.pending[this.pending.length - 1] = { ...last, text: last.text + text };
    } else {
      this.pending.push({ type: 'delta', messageId, text });
    }
    this.scheduleShow();
  }

  /** What was streamed of this message no longer counts. */
  discard(messageId: string): void {
    if (this.partialMessageId === messageId) this.partialMessageId = undefined;
    this.show({ type: 'discarded', messageId });
  }

  /** Shows it to those who watch, behind what was said before. */
  show(event: RunEvent): void {
    this.pending.push(event);
    this.scheduleShow();
  }

  /** Leaves the lease to its end, or to the commit that follows. Returns what is still to be shown: it goes with the commit. */
  async finish(): Promise<readonly RunEvent[]> {
    this.stop();
    while (this.renewing !== undefined) await this.renewing;
    return this.pending.splice(0);
  }

  /** Gives the item back: at once to others, or to be looked at again later. `mayHaveBegun`: whether the work may have begun. */
  async release(lookAgainMs: number, mayHaveBegun = true): Promise<void> {
    this.pending.push(...(await this.finish()));
    if (!this.signal.aborted) await this.renewOnce({ leaseMs: 0, lookAgainMs, mayHaveBegun });
  }

  private stop(): void {
    if (!this.isDone) storeCounts.leasesHeld -= 1;
    this.isDone = true;
    this.unwatch();
    clearInterval(this.timer);
    this.gathering?.();
    this.gathering = undefined;
  }

  private scheduleShow(): void {
    if (this.isDone || this.gathering !== undefined || this.renewing !== undefined) return;
    const show = (): void => {
      this.gathering = undefined;
      void this.renew();
    };
    const waitMs = this.lastShownAtMs + this.times.gatherMs - performance.now();
    if (waitMs > 0) {
      const timer = setTimeout(show, waitMs);
      this.gathering = () => clearTimeout(timer);
    } else {
      const turn = setImmediate(show);
      this.gathering = () => clearImmediate(turn);
    }
  }

  private async renew(): Promise<void> {
    if (this.isDone || this.renewing !== undefined) return;
    this.renewing = this.renewOnce({ leaseMs: this.times.leaseMs }).finally(() => {
      this.renewing = undefined;
      if (this.pending.length > 0) this.scheduleShow();
    });
    await this.renewing;
  }

  private async renewOnce(keeping: Pick<Renewal, 'leaseMs' | 'lookAgainMs' | 'mayHaveBegun'>): Promise<void> {
    const events = this.pending;
    this.pending = [];
    this.lastShownAtMs = performance.now();
    this.count += 1;
    const partial = this.partialMessageId === undefined ? {} : { partialMessageId: this.partialMessageId };
    try {
      const renewal = { ...keeping, number: this.count, events, ...partial };
      const outcome = await this.store.renew(this.lease, renewal);
      if (outcome.kind === 'lost') this.lose('the lease was lost to another worker');
      else if (outcome.isCancelled) this.cancel.abort(new Error('the run was cancelled'));
    } catch (error) {
      // The store could not say: whether the lease still holds is unknown, so act as if it did not.
      this.lose('the lease could not be renewed', error);
    }
  }

  private lose(reason: string, cause?: unknown): void {
    storeCounts.leasesLost += 1;
    this.stop();
    this.abort.abort(new Error(reason, cause === undefined ? undefined : { cause }));
  }
}
