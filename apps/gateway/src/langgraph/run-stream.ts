import type { Message, RunFailure, SequencedEvent } from '@lumina/contracts';
import { messagesOf } from '@lumina/agent';
import type { RunSnapshot, RunStore } from '@lumina/store';
import { luminaErrorOf } from '../problems/problem';
import type { RunFeed } from '../runs/run-feed';
import { assistantIdOf } from '../agents/agent-register';
import { type Cursor, cursorId } from './cursor';
import { Projection, type StreamMode } from './projection';
import type { SseReply } from './sse-reply';

export type ChatEnding =
  | { readonly kind: 'succeeded'; readonly answer: string }
  | { readonly kind: 'failed'; readonly failure: RunFailure }
  | { readonly kind: 'left' };

/** Shows a run to LangGraph clients, live or after the fact. */
export class RunStreams {
  constructor(
    private readonly store: Pick<RunStore, 'journal' | 'run'>,
    private readonly feed: RunFeed,
  ) {}

  /** Writes all frames behind the cursor until the run ends or the client goes. Never rejects. */
  async stream(
    reply: SseReply,
    run: RunSnapshot,
    view: { modes: ReadonlySet<StreamMode>; after: Cursor },
  ): Promise<void> {
    try {
      const projection = await this.projection(run, view.modes);
      // The events before the cursor are read too: what a frame holds depends on what came before it.
      for await (const heard of this.feed.follow(run.run, 0, reply.signal)) {
        if (heard.kind === 'silence') await reply.heartbeat();
        else await writeFrames(reply, projection, heard.sequenced, view.after);
      }
    } catch (error) {
      const { code, message } = luminaErrorOf(error);
      await reply.frame('error', { error: code, message });
    } finally {
      reply.end();
    }
  }

  /** Waits for the end of a run; `onSilence` is called while nothing happens. Answers as the LangGraph API does. */
  async outcome(run: RunSnapshot, signal: AbortSignal, onSilence: () => void): Promise<unknown> {
    const projection = await this.projection(run, new Set());
    let failure: RunFailure | undefined;
    for await (const heard of this.feed.follow(run.run, 0, signal)) {
      if (heard.kind === 'silence') {
        onSilence();
        continue;
      }
      projection.frames(heard.sequenced);
      failure ??= failureIn(heard.sequenced, run.run);
    }
    if (failure === undefined) return projection.values();
    return { __error__: { error: failure.code, message: failure.message } };
  }

  /** Waits for the end of a run and answers with its last words. */
  async ending(run: RunSnapshot, signal: AbortSignal): Promise<ChatEnding> {
    let answer = '';
    for await (const heard of this.feed.follow(run.run, 0, signal)) {
      if (heard.kind === 'silence' || heard.sequenced.event.type !== 'fact') continue;
      const { fact } = heard.sequenced.event;
      if (fact.type === 'model.answered') answer = fact.message.content;
      if (fact.type === 'run.failed') return { kind: 'failed', failure: fact.failure };
      if (fact.type === 'run.succeeded') return { kind: 'succeeded', answer };
    }
    return { kind: 'left' };
  }

  private async projection(run: RunSnapshot, modes: ReadonlySet<StreamMode>): Promise<Projection> {
    const { run: id, thread, agent } = run;
    const history = await this.historyBefore(run);
    return new Projection({ run: id, thread, agent, assistantId: assistantIdOf(agent), history }, modes);
  }

  /** The thread's messages before the run. One that still waits has none yet that are sure. */
  private async historyBefore({ thread, start }: RunSnapshot): Promise<readonly Message[]> {
    if (start === 1) return [];
    const journal = await this.store.journal(thread);
    const before = start === undefined ? journal : journal.slice(0, start - 1);
    return before.flatMap(({ fact }) => messagesOf(fact));
  }
}

function failureIn({ event }: SequencedEvent, run: string): RunFailure | undefined {
  if (event.type !== 'fact' || event.fact.run !== run) return undefined;
  return event.fact.type === 'run.failed' ? event.fact.failure : undefined;
}

async function writeFrames(
  reply: SseReply,
  projection: Projection,
  sequenced: SequencedEvent,
  after: Cursor,
): Promise<void> {
  const { seq } = sequenced;
  for (const [frame, { event, data }] of projection.frames(sequenced).entries()) {
    if (seq > after.seq || (seq === after.seq && frame > after.frame)) {
      await reply.frame(event, data, cursorId({ seq, frame }));
    }
  }
}
