import { conversationAt, evolve, unborn } from '@lumina/agent';
import { LuminaError, type Message, type RunFailure, type SequencedEvent, isEnding } from '@lumina/contracts';
import type { RunSnapshot, RunStore } from '@lumina/store';
import { assistantIdOf } from '../agents/agent-register';
import { luminaErrorOf } from '../problems/problem';
import { type Expectation, type Heard, type RunFeed, isEndOf } from '../runs/run-feed';
import { type Cursor, beginning, cursorId } from './cursor';
import { interruptsOf } from './interrupt';
import { Projection, type StreamMode } from './projection';
import type { SseReply } from './sse-reply';

export type ChatEnding =
  | { readonly kind: 'succeeded'; readonly answer: string }
  | { readonly kind: 'failed'; readonly failure: RunFailure }
  | { readonly kind: 'interrupted'; readonly by: 'approval' | 'budget' }
  | { readonly kind: 'left' };

/** What it takes to listen to a run. */
export type RunPlace = Pick<RunSnapshot, 'run' | 'thread'>;

interface Listening {
  readonly signal: AbortSignal;
  readonly expectation?: Expectation | undefined;
}

export interface StreamView {
  readonly modes: ReadonlySet<StreamMode>;
  readonly after: Cursor;
}

const cancelled: RunFailure = { code: 'LUM_RUN_CANCELLED', message: 'The run was cancelled.' };

/** Shows a run to LangGraph clients, live or after the fact, until it ends or rests for a person. */
export class RunStreams {
  constructor(
    private readonly store: Pick<RunStore, 'journal'>,
    private readonly feed: RunFeed,
  ) {}

  /** Writes all frames behind the cursor. Never rejects. */
  async stream(reply: SseReply, run: RunSnapshot, { modes, after }: StreamView): Promise<void> {
    const projection = new Projection(identityOf(run), modes);
    try {
      // The events before the cursor are read too: what a frame holds depends on what came before it.
      for await (const heard of this.heard(run, after, reply)) {
        if (heard.kind === 'silence') {
          await reply.heartbeat();
          continue;
        }
        await this.prepare(projection, run, heard.sequenced);
        await writeFrames(reply, projection, { sequenced: heard.sequenced, after });
        if (projection.isInterrupted && heard.sequenced.seq > after.seq) {
          await reply.frame('end', null);
          return;
        }
      }
    } catch (error) {
      const { code, message } = luminaErrorOf(error);
      await reply.frame('error', { error: code, message });
    } finally {
      reply.end();
    }
  }

  /** Waits until a run ends or rests, and answers as the LangGraph API does; `onSilence` is called while nothing happens. */
  async outcome(
    run: RunSnapshot,
    after: Cursor,
    wait: { signal: AbortSignal; onSilence: () => void },
  ): Promise<unknown> {
    const projection = new Projection(identityOf(run), new Set());
    for await (const heard of this.heard(run, after, wait)) {
      if (heard.kind === 'silence') {
        wait.onSilence();
        continue;
      }
      const { sequenced } = heard;
      await this.prepare(projection, run, sequenced);
      projection.frames(sequenced);
      const failure = failureIn(sequenced, run.run);
      if (failure !== undefined) return { __error__: { error: failure.code, message: failure.message } };
      const isResting = projection.isInterrupted && sequenced.seq > after.seq;
      if (isResting || isEndOf(run.run, sequenced.event)) return projection.values();
    }
    throw going(run.run);
  }

  /** To be called before the run is created; see RunFeed. */
  expect(run: string): Expectation {
    return this.feed.expect(run);
  }

  /** Waits for the end of a run and answers with its last words. */
  async ending(run: RunPlace, signal: AbortSignal, expectation?: Expectation): Promise<ChatEnding> {
    let state = unborn(run.run);
    let answer = '';
    for await (const heard of this.heard(run, beginning, { signal, expectation })) {
      if (heard.kind === 'silence' || heard.sequenced.event.type !== 'fact') continue;
      const { fact } = heard.sequenced.event;
      state = evolve(state, fact);
      const failure = failureIn(heard.sequenced, run.run);
      if (failure !== undefined) return { kind: 'failed', failure };
      if (fact.type === 'model.answered') answer = fact.message.content;
      if (isEnding(fact)) return { kind: 'succeeded', answer };
      if (interruptsOf(state).length > 0)
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

  /** The run's events. Of a run that ended long ago they are rebuilt from its journal: whole messages instead of words. */
  private async *heard(
    run: RunPlace,
    after: Cursor,
    { signal, expectation }: Listening,
  ): AsyncGenerator<Heard> {
    let isAnythingHeard = false;
    try {
      for await (const heard of this.feed.follow(run.run, 0, signal, expectation)) {
        isAnythingHeard = true;
        yield heard;
      }
    } catch (error) {
      const isTrimmed = error instanceof LuminaError && error.code === 'LUM_CURSOR_EXPIRED';
      if (!isTrimmed || isAnythingHeard || after !== beginning) throw error;
      const journal = await this.store.journal(run.thread);
      const own = journal.filter(({ fact }) => fact.run === run.run);
      for (const [index, { position, fact }] of own.entries()) {
        yield { kind: 'event', sequenced: { seq: index + 1, event: { type: 'fact', position, fact } } };
      }
    }
  }

  /** A run's first fact says at which checkpoint of its thread it began. */
  private async prepare(
    projection: Projection,
    { run, thread }: RunSnapshot,
    { event }: SequencedEvent,
  ): Promise<void> {
    if (event.type !== 'fact' || event.fact.type !== 'run.accepted' || event.fact.run !== run) return;
    projection.begin(await this.historyAt(thread, event.fact.rewindTo ?? event.position - 1));
  }

  private async historyAt(thread: string, position: number): Promise<readonly Message[]> {
    return position === 0 ? [] : conversationAt(await this.store.journal(thread), position);
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
  if (event.type !== 'fact' || event.fact.run !== run) return undefined;
  const { fact } = event;
  if (fact.type === 'run.failed' || fact.type === 'run.expired') return fact.failure;
  return fact.type === 'run.cancelled' ? cancelled : undefined;
}

async function writeFrames(
  reply: SseReply,
  projection: Projection,
  { sequenced, after }: { sequenced: SequencedEvent; after: Cursor },
): Promise<void> {
  const { seq } = sequenced;
  for (const [frame, { event, data }] of projection.frames(sequenced).entries()) {
    if (seq > after.seq || (seq === after.seq && frame > after.frame)) {
      await reply.frame(event, data, cursorId({ seq, frame }));
    }
  }
}
