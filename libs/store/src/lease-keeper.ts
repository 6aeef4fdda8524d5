import type { RunEvent } from '@lumina/contracts';
import { hearAbort } from './abort-hearers';
import type { Cancellations } from './cancellations';
import type { Lease, Renewal, RunStore } from './run-store';
import { storeCounts } from './store-metrics';

export interface LeaseTimes {
  readonly leaseMs: number;
  readonly renewEveryMs: number;
  /** How long what is to be shown may be gathered after the first piece went out. */
  readonly gatherMs: number;
}

/** What ends the work besides its lease. */
export interface WorkEnds {
  readonly cancellations?: Pick<Cancellations, 'watch'>;
  /** Aborted when the process is to let go of what it holds. */
  readonly letGo?: AbortSignal;
}

export const defaultLeaseTimes: LeaseTimes = { leaseMs: 3_000, renewEveryMs: 1_000, gatherMs: 25 };

/**
 * Holds a lease while work is under way, and carries the work's words to those who watch. Invariants:
 *
 * K1 One renewal at a time, numbered, so that events are shown in order and once.
 * K2 A lost lease aborts the work at once: somebody else holds the item, and what is still done is done for nothing. So do a cancellation, a process
 *    that lets go, and a time limit: one signal for all of them, and a flag for each.
 * K3 The first words leave with the turn of the event loop that brought them; what follows is gathered, so that a dense stream costs few
 *    round trips. A message that came whole has been answered by then, and its words go with the commit.
 */
export class LeaseKeeper {
  private readonly abort = new AbortController();
  private readonly unwatch: (() => void) | undefined;
  private readonly unhear: (() => void) | undefined;
  private limit: NodeJS.Timeout | undefined;
  private isLeaseLost = false;
  private isRunCancelled = false;
  private isOutOfTime = false;
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
    { cancellations, letGo }: WorkEnds = {},
  ) {
    this.timer = setInterval(() => void this.renew(), times.renewEveryMs);
    storeCounts.leasesHeld += 1;
    this.unwatch = cancellations?.watch(lease.run, () => this.cancelled());
    this.unhear = letGo && hearAbort(letGo, (reason) => this.abort.abort(reason));
  }

  /** Aborted by the first of what ends the work. */
  get signal(): AbortSignal {
    return this.abort.signal;
  }

  get isLost(): boolean {
    return this.isLeaseLost;
  }

  /** By message at once, and by the next renewal if the message was lost. */
  get isCancelled(): boolean {
    return this.isRunCancelled;
  }

  get isTimeUp(): boolean {
    return this.isOutOfTime;
  }

  /** From now on the work may take so long, ms. */
  limitTo(ms: number): void {
    this.limit = setTimeout(() => {
      this.isOutOfTime = true;
      this.abort.abort(new Error('the time is up'));
    }, ms);
    this.limit.unref();
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
    if (!this.isLost) await this.renewOnce({ leaseMs: 0, lookAgainMs, mayHaveBegun });
  }

  private stop(): void {
    if (!this.isDone) storeCounts.leasesHeld -= 1;
    this.isDone = true;
    this.unwatch?.();
    this.unhear?.();
    clearInterval(this.timer);
    clearTimeout(this.limit);
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
      else if (outcome.isCancelled) this.cancelled();
    } catch (error) {
      // The store could not say: whether the lease still holds is unknown, so act as if it did not.
      this.lose('the lease could not be renewed', error);
    }
  }

  private cancelled(): void {
    this.isRunCancelled = true;
    this.abort.abort(new Error('the run was cancelled'));
  }

  private lose(reason: string, cause?: unknown): void {
    storeCounts.leasesLost += 1;
    this.isLeaseLost = true;
    this.stop();
    this.abort.abort(new Error(reason, cause === undefined ? undefined : { cause }));
  }
}
