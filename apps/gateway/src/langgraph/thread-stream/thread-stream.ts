import { setTimeout as pause } from 'node:timers/promises';
import type { SequencedEvent } from '@lumina/contracts';
import type { RunSnapshot, RunStore, ThreadDirectory, ThreadSnapshot } from '@lumina/store';
import { assistantIdOf } from '../../agents/agent-register';
import { isEndOf } from '../../runs/run-feed';
import { beginning } from '../cursor';
import { Projection } from '../projection';
import { beginAtCheckpoint } from '../run-beginning';
import type { RunStreams } from '../run-stream';
import { type Frame, isStreamMode } from '../stream-modes';
import { threadState } from '../thread-state';
import { type PlacedFrame, RunPart, type ThreadStreamMode } from './run-part';
import { type ThreadCursor, fromPosition, isBehind, readThreadCursor } from './thread-cursor';
import { type ThreadPart, ThreadParts } from './thread-parts';

/** A frame without a cursor says how things stand, to each client that comes. */
export type ThreadNews =
  | { readonly kind: 'frame'; readonly frame: Frame; readonly cursor: ThreadCursor | undefined }
  | { readonly kind: 'silence' };

/** What a client asks for: what it has read last, if it was here before, and what it wants to see. */
export interface ThreadWatch {
  readonly lastEventId: string | undefined;
  readonly modes: ReadonlySet<ThreadStreamMode>;
}

interface Dependencies {
  readonly store: Pick<RunStore, 'run' | 'journal' | 'thread'>;
  readonly directory: Pick<ThreadDirectory, 'entriesAfter'>;
  readonly streams: Pick<RunStreams, 'watch' | 'isGoing'>;
}

/** So long a thread in which nothing happens is left alone before it is looked at again. */
const lookAgainMs = 250;
const silentLooks = 20;

/** One client's way through a thread: all of its parts, one after the other, and then what comes. */
export class ThreadStream {
  private readonly parts: ThreadParts;

  private constructor(
    private readonly dependencies: Dependencies,
    private readonly thread: ThreadSnapshot,
    private readonly modes: ReadonlySet<ThreadStreamMode>,
  ) {
    this.parts = new ThreadParts(dependencies.directory, thread.thread);
  }

  /**
   * A stream, and where it begins. Who says nothing gets what is under way, from its beginning, and what comes.
   *
   * @throws LuminaError LUM_CURSOR_EXPIRED
   */
  static async open(
    dependencies: Dependencies,
    thread: ThreadSnapshot,
    { lastEventId, modes }: ThreadWatch,
  ): Promise<{ readonly stream: ThreadStream; readonly after: ThreadCursor }> {
    const stream = new ThreadStream(dependencies, thread, modes);
    await stream.parts.refresh();
    const { journalLength } = stream.parts;
    if (lastEventId !== undefined) return { stream, after: readThreadCursor(lastEventId, journalLength) };
    const underWay = thread.activeRun === undefined ? undefined : stream.parts.beginningOf(thread.activeRun);
    return { stream, after: fromPosition(underWay ?? journalLength + 1) };
  }

  /** Ends when the signal fires, the thread is gone, or this gateway goes. */
  async *follow(after: ThreadCursor, signal: AbortSignal): AsyncGenerator<ThreadNews> {
    let from = after.position;
    let looks = 0;
    while (!signal.aborted && !this.dependencies.streams.isGoing) {
      const part = await this.next(from);
      if (part !== undefined) {
        yield* part.kind === 'run' ? this.ofRun(part, after, signal) : this.ofUpdate(part, after);
        from = part.position + 1;
        continue;
      }
      looks += 1;
      if (looks % silentLooks === 0) {
        if ((await this.dependencies.store.thread(this.thread.thread)) === undefined) return;
        yield { kind: 'silence' };
      }
      await pause(lookAgainMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private async next(from: number): Promise<ThreadPart | undefined> {
    const known = this.parts.from(from);
    if (known !== undefined) return known;
    await this.parts.refresh();
    return this.parts.from(from);
  }

  private async *ofUpdate(
    { position, fact }: Extract<ThreadPart, { kind: 'update' }>,
    after: ThreadCursor,
  ): AsyncGenerator<ThreadNews> {
    const cursor = { position, seq: 1, frame: 0 };
    if (!this.modes.has('state_update') || !isBehind(after, cursor)) return;
    const { store } = this.dependencies;
    const thread = this.thread.thread;
    const journal = (await store.journal(thread)).slice(0, position);
    const state = threadState({ ...this.thread, activeRun: undefined, updatedMs: fact.at }, journal, {
      position,
      interrupts: [],
    });
    yield { kind: 'frame', frame: { event: 'state_update', data: { state, thread_id: thread } }, cursor };
  }

  private async *ofRun(
    { position, run: id }: Extract<ThreadPart, { kind: 'run' }>,
    after: ThreadCursor,
    signal: AbortSignal,
  ): AsyncGenerator<ThreadNews> {
    const run = await this.dependencies.store.run(id);
    // A client has deleted it; or the thread is a copy, and has the facts of the original's runs in its journal.
    if (run === undefined || run.thread !== this.thread.thread) return;
    const view = this.viewOf(run);
    const isRead = position === after.position && after.seq > 0;
    const begin = isRead ? { seq: after.seq, frame: after.frame } : beginning;
    let rested = '';
    for await (const seen of this.dependencies.streams.watch(run, view, signal, begin)) {
      if (seen.kind === 'silence') yield seen;
      else if (seen.kind === 'resting') {
        const rest = seen.interrupts.map((interrupt) => interrupt.id).join();
        if (rest !== rested)
          for (const frame of view.part.resting(seen.interrupts))
            yield { kind: 'frame', frame, cursor: undefined };
        rested = rest;
      } else {
        const { seq, event } = seen.sequenced;
        for (const { place, ...frame } of seen.shown) {
          const cursor = { position, seq, frame: place };
          if (isBehind(after, cursor)) yield { kind: 'frame', frame, cursor };
        }
        if (isEndOf(id, event)) return;
      }
    }
  }

  private viewOf(run: RunSnapshot) {
    const { run: id, thread, agent, about } = run;
    const asked = about?.streamModes?.filter(isStreamMode) ?? ['values' as const];
    const identity = { run: id, thread, agent, assistantId: assistantIdOf(agent) };
    const projection = new Projection(identity, new Set(asked));
    const part = new RunPart(id, projection, this.modes);
    return {
      part,
      get state() {
        return projection.state;
      },
      take: async (sequenced: SequencedEvent): Promise<readonly PlacedFrame[]> => {
        await beginAtCheckpoint(projection, this.dependencies.store, run, sequenced);
        return part.take(sequenced);
      },
    };
  }
}
