import type { FactOf, JournalEntry } from '@lumina/contracts';
import type { ThreadDirectory } from '@lumina/store';

/** What a thread is made of: its runs, and what clients changed in its state between them. */
export type ThreadPart = { readonly position: number } & (
  | { readonly kind: 'run'; readonly run: string }
  | { readonly kind: 'update'; readonly fact: FactOf<'thread.updated'> }
);

/**
 * A thread's parts in the order in which they begin in its journal, which never changes: what comes is behind what was there. A run that
 * was cancelled while it waited begins with its end, somewhere among the facts of the run it waited for.
 */
export class ThreadParts {
  private readonly parts: ThreadPart[] = [];
  private readonly known = new Set<string>();
  private readTo = 0;

  constructor(
    private readonly directory: Pick<ThreadDirectory, 'entriesAfter'>,
    private readonly thread: string,
  ) {}

  /** How far the journal has been read. */
  get journalLength(): number {
    return this.readTo;
  }

  /** Takes in what the journal has got since. */
  async refresh(): Promise<void> {
    for (const entry of await this.directory.entriesAfter(this.thread, this.readTo)) this.take(entry);
  }

  /** The first that begins at a position or behind it. */
  from(position: number): ThreadPart | undefined {
    return this.parts.find((part) => part.position >= position);
  }

  /** Where a run begins. */
  beginningOf(run: string): number | undefined {
    return this.parts.find((part) => part.kind === 'run' && part.run === run)?.position;
  }

  private take({ position, fact }: JournalEntry): void {
    this.readTo = position;
    if (fact.type === 'thread.updated') {
      this.parts.push({ kind: 'update', position, fact });
      return;
    }
    if (this.known.has(fact.run)) return;
    this.known.add(fact.run);
    this.parts.push({ kind: 'run', position, run: fact.run });
  }
}
