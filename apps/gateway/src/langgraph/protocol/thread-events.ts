import type { SequencedEvent } from '@lumina/contracts';
import type { RunSnapshot, RunStore, ThreadDirectory } from '@lumina/store';
import { assistantIdOf } from '../../agents/agent-register';
import { isEndOf } from '../../runs/run-feed';
import { beginAtCheckpoint } from '../run-beginning';
import type { RunStreams } from '../run-stream';
import { type NumberedEvent, ProtocolProjection, positionOfSeq } from './protocol-projection';
import type { ThreadBell } from './thread-bell';

export type ThreadNews =
  { readonly kind: 'event'; readonly event: NumberedEvent } | { readonly kind: 'silence' };

interface Dependencies {
  readonly store: Pick<RunStore, 'run' | 'journal'>;
  readonly directory: Pick<ThreadDirectory, 'runs'>;
  readonly streams: Pick<RunStreams, 'watch' | 'isGoing'>;
  readonly bell: ThreadBell;
}

/** So long a thread in which nothing runs is left alone before it is looked at again; runs that begin here are heard of at once. */
const lookAgainMs = 250;
const silentLooks = 20;
/** How many of a thread's newest runs a cursor is looked for in. */
const runsBack = 20;

/**
 * All that happens in a thread, through its runs one after the other, until the signal fires or this gateway goes. Without a cursor it
 * begins with the newest run: what was before is in the thread's state.
 */
export class ThreadEvents {
  constructor(private readonly dependencies: Dependencies) {}

  async *follow(thread: string, since: number | undefined, signal: AbortSignal): AsyncGenerator<ThreadNews> {
    let last: string | undefined;
    let looks = 0;
    while (!signal.aborted && !this.dependencies.streams.isGoing) {
      const next = await this.next(thread, last, since);
      if (next === undefined) {
        looks += 1;
        if (looks % silentLooks === 0) yield { kind: 'silence' };
        await this.dependencies.bell.wait(thread, lookAgainMs, signal);
        continue;
      }
      for await (const news of this.ofRun(next, signal)) {
        if (news === 'gone') return;
        if (news.kind === 'silence' || since === undefined || news.event.seq > since) yield news;
      }
      last = next.run;
    }
  }

  /** The run that comes after one, or to begin with. */
  private async next(
    thread: string,
    last: string | undefined,
    since: number | undefined,
  ): Promise<RunSnapshot | undefined> {
    const { store, directory } = this.dependencies;
    const isBegin = last === undefined;
    const count = isBegin && since === undefined ? 1 : runsBack;
    const newestFirst = await directory.runs(thread, 0, count);
    const position = since === undefined ? Number.POSITIVE_INFINITY : positionOfSeq(since);
    let found: RunSnapshot | undefined;
    for (const id of newestFirst) {
      if (id === last) break;
      const run = await store.run(id);
      if (run === undefined) continue;
      found = run;
      if (isBegin && run.start !== undefined && run.start <= position) break;
    }
    return found;
  }

  private async *ofRun(run: RunSnapshot, signal: AbortSignal): AsyncGenerator<ThreadNews | 'gone'> {
    const { run: id, thread, agent } = run;
    const projection = new ProtocolProjection({ run: id, thread, agent, assistantId: assistantIdOf(agent) });
    const view = {
      get state() {
        return projection.state;
      },
      take: async (sequenced: SequencedEvent) => {
        await beginAtCheckpoint(projection, this.dependencies.store, run, sequenced);
        return projection.take(sequenced);
      },
    };
    let rested = '';
    for await (const seen of this.dependencies.streams.watch(run, view, signal)) {
      if (seen.kind === 'silence') yield seen;
      else if (seen.kind === 'resting') {
        const rest = seen.interrupts.map((interrupt) => interrupt.id).join();
        if (rest !== rested)
          for (const event of projection.resting(seen.interrupts)) yield { kind: 'event', event };
        rested = rest;
      } else {
        for (const event of seen.shown) yield { kind: 'event', event };
        if (isEndOf(id, seen.sequenced.event)) return;
      }
    }
    yield 'gone';
  }
}
