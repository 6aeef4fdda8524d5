import { type RunState, isResting } from '@lumina/agent';
import { LuminaError, type SequencedEvent } from '@lumina/contracts';
import type { RunSnapshot, RunStore } from '@lumina/store';
import { childrenOf, familyOf, restsTogether } from '../interventions/family';
import type { Attention, Expectation, Heard, RunFeed } from './run-feed';

/** What it takes to find a run's events. */
export type RunPlace = Pick<RunSnapshot, 'run' | 'thread'>;

export interface Watching {
  readonly signal: AbortSignal;
  /** Taken before the run was created: then nothing is read that the live stream brings. */
  readonly expectation?: Expectation | undefined;
  /** Whether the journal will do, where the events are no longer kept one by one: whole messages instead of words. */
  readonly isJournalEnough: boolean;
}

/** Watches runs, for APIs that show them in their own terms. */
export class RunWatch {
  constructor(
    private readonly store: Pick<RunStore, 'journal' | 'events'>,
    private readonly feed: RunFeed,
  ) {}

  /** To be called before the run is created; see RunFeed. */
  expect(run: string, attention: Attention): Expectation {
    return this.feed.expect(run, attention);
  }

  /**
   * All events of a run from the first on, until it ends; it returns early when the signal aborts or this gateway goes.
   *
   * @throws LuminaError LUM_CURSOR_EXPIRED where events are gone and the journal will not do
   */
  async *follow(place: RunPlace, { signal, expectation, isJournalEnough }: Watching): AsyncGenerator<Heard> {
    let isAnythingHeard = false;
    try {
      for await (const heard of this.feed.follow(place.run, 0, signal, expectation)) {
        isAnythingHeard = true;
        yield heard;
      }
    } catch (error) {
      if (!isExpired(error) || isAnythingHeard || !isJournalEnough) throw error;
      for (const sequenced of await this.fromJournal(place)) yield { kind: 'event', sequenced };
    }
  }

  /** What has happened up to now. */
  async past(place: RunPlace): Promise<readonly SequencedEvent[]> {
    const outcome = await this.store.events(place.run, 0);
    return outcome.kind === 'events' ? outcome.events : this.fromJournal(place);
  }

  /** Whether a run waits for people with all that is left of it, its subagents' work included. */
  async isAtRest(state: RunState): Promise<boolean> {
    if (isResting(state)) return true;
    return childrenOf(state).length > 0 && restsTogether(await familyOf(this.store, state));
  }

  private async fromJournal({ run, thread }: RunPlace): Promise<readonly SequencedEvent[]> {
    const own = (await this.store.journal(thread)).filter(({ fact }) => fact.run === run);
    return own.map(({ position, fact }, index) => ({
      seq: index + 1,
      event: { type: 'fact', position, fact },
    }));
  }
}

const isExpired = (error: unknown): boolean =>
  error instanceof LuminaError && error.code === 'LUM_CURSOR_EXPIRED';
