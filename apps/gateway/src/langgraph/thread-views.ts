import { foldRun } from '@lumina/agent';
import type { JournalEntry } from '@lumina/contracts';
import type { RunStore, ThreadSnapshot } from '@lumina/store';
import { familyOf } from '../interventions/family';
import { type Interrupt, familyInterrupts } from './interrupt';
import { threadState, threadView } from './thread-state';

/** A thread as it is read: what it is, what happened in it, and what its run waits for now. */
export interface ReadThread {
  readonly snapshot: ThreadSnapshot;
  readonly journal: readonly JournalEntry[];
  readonly interrupts: readonly Interrupt[];
}

/** Reads threads for LangGraph clients. */
export class ThreadViews {
  constructor(private readonly store: Pick<RunStore, 'journal'>) {}

  async read(snapshot: ThreadSnapshot): Promise<ReadThread> {
    const journal = await this.store.journal(snapshot.thread);
    return { snapshot, journal, interrupts: await this.interrupts(snapshot, journal) };
  }

  async view(snapshot: ThreadSnapshot) {
    const { journal, interrupts } = await this.read(snapshot);
    return threadView(snapshot, journal, interrupts);
  }

  async state(snapshot: ThreadSnapshot) {
    const { journal, interrupts } = await this.read(snapshot);
    return threadState(snapshot, journal, { position: journal.length, interrupts });
  }

  /** What the thread's run, and the subagents' below it, wait for now. */
  private async interrupts(
    { activeRun }: ThreadSnapshot,
    journal: readonly JournalEntry[],
  ): Promise<readonly Interrupt[]> {
    if (activeRun === undefined) return [];
    return familyInterrupts(await familyOf(this.store, foldRun(activeRun, journal)));
  }
}
