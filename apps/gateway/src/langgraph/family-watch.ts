import { type RunState, evolve, unborn } from '@lumina/agent';
import { LuminaError } from '@lumina/contracts';
import { childrenOf } from '../interventions/family';
import type { RunFeed } from '../runs/run-feed';

/**
 * Listens to the runs of subagents below one run. What it hears is news and not the truth: it is heard again from the beginning by
 * everybody who comes, so whoever gets the news reads the store.
 */
export class FamilyWatch {
  /** Some subagent has asked a person, now or long ago. */
  hasAsked = false;
  private readonly watched = new Set<string>();
  private wake: () => void = () => undefined;
  private change: Promise<void> | undefined;
  private failure: Error | undefined;

  constructor(
    private readonly feed: Pick<RunFeed, 'follow'>,
    private readonly signal: AbortSignal,
  ) {}

  get isEmpty(): boolean {
    return this.watched.size === 0;
  }

  /** Listens to the subagents that a run in this state waits for. */
  follow(state: RunState): void {
    for (const { run } of childrenOf(state)) {
      if (this.watched.has(run)) continue;
      this.watched.add(run);
      void this.listen(run);
    }
  }

  /** Resolves at the next news. */
  async news(): Promise<undefined> {
    this.change ??= new Promise((resolve) => {
      this.wake = resolve;
    });
    await this.change;
    this.change = undefined;
    if (this.failure !== undefined) throw this.failure;
    return undefined;
  }

  private async listen(run: string): Promise<void> {
    let state = unborn(run);
    try {
      for await (const heard of this.feed.follow(run, 0, this.signal)) {
        if (heard.kind === 'silence' || heard.sequenced.event.type !== 'fact') continue;
        const { fact } = heard.sequenced.event;
        state = evolve(state, fact);
        this.follow(state);
        this.hasAsked ||= fact.type === 'approval.asked' || fact.type === 'budget.asked';
        this.wake();
      }
    } catch (error) {
      // Only the events of a run that ended long ago are trimmed: nothing will be heard of it.
      const isOver = error instanceof LuminaError && error.code === 'LUM_CURSOR_EXPIRED';
      if (!isOver) this.failure = error instanceof Error ? error : new Error(String(error));
      this.wake();
    }
  }
}
