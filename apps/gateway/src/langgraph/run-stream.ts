import { type RunState, evolve, unborn } from '@lumina/agent';
import { LuminaError, type RunFailure, type SequencedEvent, isEnding } from '@lumina/contracts';
import type { RunSnapshot, RunStore } from '@lumina/store';
import { assistantIdOf } from '../agents/agent-register';
import { type Client, leavable } from '../client-signal';
import { childrenOf, familyOf } from '../interventions/family';
import { luminaErrorOf } from '../problems/problem';
import { type Expectation, type Heard, type RunFeed, isEndOf } from '../runs/run-feed';
import { type RunPlace, RunWatch } from '../runs/run-watch';
import { type ChatEnding, endingOf, failureOf } from './chat-ending';
import { type Cursor, beginning, cursorId, isBehind } from './cursor';
import { FamilyWatch } from './family-watch';
import { type Interrupt, familyInterrupts, interruptsOf } from './interrupt';
import { Projection } from './projection';
import { beginAtCheckpoint } from './run-beginning';
import type { SseReply } from './sse-reply';
import type { Frame, StreamMode } from './stream-modes';

interface Listening {
  readonly signal: AbortSignal;
  readonly expectation?: Expectation | undefined;
}

export interface StreamView {
  readonly modes: ReadonlySet<StreamMode>;
  readonly after: Cursor;
}

/** What there is to see of a run: an event, with what is shown of it; the family at rest; or nothing for a while. */
export type Seen<Shown> =
  | { readonly kind: 'event'; readonly sequenced: SequencedEvent; readonly shown: readonly Shown[] }
  | { readonly kind: 'resting'; readonly interrupts: readonly Interrupt[] }
  | { readonly kind: 'silence' };

/** What takes a run's events, one by one, and makes of each what is shown. */
export interface View<Shown> {
  readonly state: RunState;
  readonly take: (sequenced: SequencedEvent) => Promise<readonly Shown[]>;
}

/** For who wants to know how things stand, and nothing shown. */
function stateOf(run: string): View<never> {
  let state = unborn(run);
  return {
    get state() {
      return state;
    },
    take: async ({ event }) => {
      if (event.type === 'fact') state = evolve(state, event.fact);
      return [];
    },
  };
}

/** Shows a run to LangGraph clients, live or after the fact, until it ends or rests for a person. */
export class RunStreams {
  private readonly runs: RunWatch;

  constructor(
    private readonly store: Pick<RunStore, 'journal' | 'run' | 'events'>,
    private readonly feed: RunFeed,
  ) {
    this.runs = new RunWatch(store, feed);
  }

  /** Writes all frames behind the cursor. Where this gateway goes before the run, the stream is broken off. Never rejects. */
  async stream(reply: SseReply, run: RunSnapshot, { modes, after }: StreamView): Promise<void> {
    const projection = new Projection(identityOf(run), modes);
    try {
      // The events before the cursor are read too: what a frame holds depends on what came before it.
      const view = this.viewOf(run, projection);
      for await (const seen of this.seen(run, view, { after, signal: reply.signal })) {
        if (seen.kind === 'silence') {
          await reply.heartbeat();
          continue;
        }
        const isOver =
          seen.kind === 'resting'
            ? await writeRest(reply, projection.interruptFrames(seen.interrupts))
            : (await writeFrames(reply, seen, { after, isResting: projection.isInterrupted })) ||
              isEndOf(run.run, seen.sequenced.event);
        if (isOver) return reply.end();
      }
      reply.breakOff();
    } catch (error) {
      const { code, message } = luminaErrorOf(error);
      await reply.frame('error', { error: code, message });
      reply.end();
    }
  }

  /** Waits until a run ends or rests, and answers as the LangGraph API does; `onSilence` is called while nothing happens. */
  async outcome(
    run: RunSnapshot,
    after: Cursor,
    { signal, onSilence }: { signal: AbortSignal; onSilence: () => void },
  ): Promise<unknown> {
    const projection = new Projection(identityOf(run), new Set());
    const view = this.viewOf(run, projection);
    for await (const seen of this.seen(run, view, { after, signal })) {
      if (seen.kind === 'silence') {
        onSilence();
        continue;
      }
      if (seen.kind === 'resting') return projection.values(seen.interrupts);
      const { sequenced } = seen;
      const failure = failureIn(sequenced, run.run);
      if (failure !== undefined) return { __error__: { error: failure.code, message: failure.message } };
      const isResting = projection.isInterrupted && sequenced.seq > after.seq;
      if (isResting || isEndOf(run.run, sequenced.event)) return projection.values();
    }
    throw going(run.run);
  }

  /** To be called before the run is created, for its `ending`; see RunFeed. */
  expect(run: string): Expectation {
    return this.feed.expect(run, 'outcome');
  }

  /** Waits for the end of a run and answers with its last words. */
  async ending(run: RunPlace, client: Client, expectation?: Expectation): Promise<ChatEnding> {
    const told = expectation && (await this.feed.whole(run.run, expectation, client, endingOf));
    if (told !== undefined) return told;
    const { signal } = client;
    const view = stateOf(run.run);
    let answer = '';
    for await (const seen of this.seen(run, view, { after: beginning, signal, expectation })) {
      if (seen.kind === 'resting') return { kind: 'interrupted', by: 'approval' };
      if (seen.kind === 'silence' || seen.sequenced.event.type !== 'fact') continue;
      const { fact } = seen.sequenced.event;
      const failure = failureIn(seen.sequenced, run.run);
      if (failure !== undefined) return { kind: 'failed', failure };
      if (fact.type === 'model.answered') answer = fact.message.content;
      if (isEnding(fact)) return { kind: 'succeeded', answer };
      if (interruptsOf(view.state).length > 0)
        return { kind: 'interrupted', by: fact.type === 'budget.asked' ? 'budget' : 'approval' };
    }
    if (signal.aborted) return { kind: 'left' };
    throw going(run.run);
  }

  /** Waits for the end of a run. */
  async ended(run: RunSnapshot, signal: AbortSignal): Promise<void> {
    for await (const heard of this.heard(run, beginning, { signal })) {
      if (heard.kind === 'event' && isEndOf(run.run, heard.sequenced.event)) return;
    }
  }

  /** This gateway is going: streams are to end where they are. */
  get isGoing(): boolean {
    return this.feed.isGoing;
  }

  /**
   * All of a run in a view of the caller's, from its beginning until its end, or until the signal fires. Who has read some of it
   * says how far: of old runs only the facts are kept, which are not counted as the events were.
   */
  watch<Shown>(
    run: RunPlace,
    view: View<Shown>,
    signal: AbortSignal,
    after: Cursor = beginning,
  ): AsyncGenerator<Seen<Shown>> {
    return this.seen(run, view, { after, signal });
  }

  /** Takes the run's events into the view one by one, and listens to its subagents' runs meanwhile. */
  private async *seen<Shown>(
    run: RunPlace,
    view: View<Shown>,
    { after, signal, expectation }: Listening & { readonly after: Cursor },
  ): AsyncGenerator<Seen<Shown>> {
    const { signal: listening, leave } = leavable(signal);
    const family = new FamilyWatch(this.feed, listening);
    const own = this.heard(run, after, { signal: listening, expectation });
    let lastSeq = 0;
    let next = own.next();
    try {
      for (;;) {
        const step = await (family.isEmpty ? next : Promise.race([next, family.news()]));
        if (step?.done === true) return;
        if (step !== undefined) {
          const { value } = step;
          yield value.kind === 'silence' ? value : { ...value, shown: await view.take(value.sequenced) };
          if (value.kind === 'event') lastSeq = value.sequenced.seq;
          family.follow(view.state);
          next = own.next();
        }
        const interrupts = family.hasAsked ? await this.restOf(run, view.state, lastSeq) : [];
        if (interrupts.length > 0) yield { kind: 'resting', interrupts };
      }
    } finally {
      leave();
      // What was asked for and is not waited for any more may fail unheard.
      next.catch(() => undefined);
      await own.return(undefined);
    }
  }

  private viewOf(run: RunSnapshot, projection: Projection): View<Frame> {
    return {
      get state() {
        return projection.state;
      },
      take: async (sequenced) => {
        await beginAtCheckpoint(projection, this.store, run, sequenced);
        return projection.frames(sequenced);
      },
    };
  }

  /** What the run's subagents rest with; nothing while the run's own events up to now have not been seen. */
  private async restOf({ run }: RunPlace, state: RunState, lastSeq: number): Promise<readonly Interrupt[]> {
    if (childrenOf(state).length === 0) return [];
    const now = await this.store.run(run);
    if (now === undefined || now.lastSeq > lastSeq) return [];
    return familyInterrupts(await familyOf(this.store, state));
  }

  /** The run's events. Who reads from the beginning may be shown whole messages instead of words. */
  private heard(run: RunPlace, after: Cursor, listening: Listening): AsyncGenerator<Heard> {
    return this.runs.follow(run, { ...listening, isJournalEnough: after === beginning });
  }
}

/** The stream ended before the run did, and the client is still there: this gateway is going. */
const going = (run: string): LuminaError =>
  new LuminaError('LUM_DRAINING', `This gateway is shutting down. Run ${run} goes on; ask for it again.`, {
    retryAfterMs: 1_000,
  });

function identityOf({ run, thread, agent }: RunSnapshot) {
  return { run, thread, agent, assistantId: assistantIdOf(agent) };
}

function failureIn({ event }: SequencedEvent, run: string): RunFailure | undefined {
  return event.type === 'fact' && event.fact.run === run ? failureOf(event.fact) : undefined;
}

/** Returns whether this was where the client learns that the run rests; to LangGraph's clients that is an end. */
async function writeFrames(
  reply: SseReply,
  { sequenced: { seq }, shown }: Extract<Seen<Frame>, { kind: 'event' }>,
  { after, isResting }: { after: Cursor; isResting: boolean },
): Promise<boolean> {
  const frames = isResting ? [...shown, { event: 'end', data: null }] : shown;
  for (const [frame, { event, data }] of frames.entries()) {
    if (isBehind(after, { seq, frame })) await reply.frame(event, data, cursorId({ seq, frame }));
  }
  return isResting && isBehind(after, { seq, frame: shown.length });
}

/** What subagents rest with has no place in the run's own sequence: it says how things stand, to each client that comes. */
async function writeRest(reply: SseReply, frames: readonly Frame[]): Promise<true> {
  for (const { event, data } of [...frames, { event: 'end', data: null }]) await reply.frame(event, data);
  return true;
}
