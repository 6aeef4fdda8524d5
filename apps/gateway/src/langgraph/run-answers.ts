import type { RunSnapshot } from '@lumina/store';
import type { FastifyReply } from 'fastify';
import { clientSignal } from '../client-signal';
import { luminaErrorOf } from '../problems/problem';
import { type CreateRunBody, modesOf } from './bodies';
import { cursorId } from './cursor';
import { cursorIn, isYes, joinModes } from './run-queries';
import type { RequestedRun, RunRequests } from './run-requests';
import type { RunStreams } from './run-stream';
import type { RunTarget } from './run-target';
import { SseReply, headersSoFar } from './sse-reply';

/** What a route that shows a run has to know of its client. */
interface Watcher {
  readonly target: RunTarget;
  /** Whether the run is cancelled when the client leaves. */
  readonly isRunCancelled: boolean;
}

interface Joining {
  readonly target: RunTarget;
  readonly snapshot: RunSnapshot;
  readonly lastEventId: string | undefined;
  readonly query: Readonly<Record<string, string | string[] | undefined>>;
}

/** Answers with a run: as a stream of frames, or once with what came of it. */
export class RunAnswers {
  constructor(
    private readonly streams: RunStreams,
    private readonly requests: RunRequests,
  ) {}

  /** Accepts what is posted and shows what follows. */
  async streamNew(target: RunTarget, body: CreateRunBody, reply: FastifyReply): Promise<void> {
    const { snapshot, after, headers, isResumed } = await this.requests.accept(target, body);
    const sse = new SseReply(reply, headers);
    // A run that goes on has told long ago which one it is; its client has just asked.
    if (isResumed) await sse.frame('metadata', { run_id: snapshot.run, attempt: 1 }, cursorId(after));
    await this.streams.stream(sse, snapshot, { modes: modesOf(body), after });
    const watcher = { target, isRunCancelled: body.on_disconnect === 'cancel' };
    await this.left({ ...watcher, run: snapshot.run, signal: sse.signal });
  }

  /** Shows a run that is there, from the beginning or from where a stream broke. */
  async join({ target, snapshot, lastEventId, query }: Joining, reply: FastifyReply): Promise<void> {
    const after = cursorIn(lastEventId, snapshot);
    const modes = joinModes(query['stream_mode']);
    const isRunCancelled = isYes([query['cancel_on_disconnect']].flat()[0]);
    const sse = new SseReply(reply, {});
    await this.streams.stream(sse, snapshot, { modes, after });
    await this.left({ target, isRunCancelled, run: snapshot.run, signal: sse.signal });
  }

  /** White space keeps the connection alive until the answer is there; JSON does not mind it. */
  async atEnd(
    reply: FastifyReply,
    { snapshot, after, headers }: Omit<RequestedRun, 'isResumed'>,
    watcher: Watcher,
  ): Promise<void> {
    const signal = clientSignal(reply);
    reply.hijack();
    reply.raw.writeHead(200, {
      ...headersSoFar(reply),
      'content-type': 'application/json; charset=utf-8',
      ...headers,
    });
    const onSilence = (): void => void reply.raw.write('\n');
    try {
      const outcome = await this.streams.outcome(snapshot, after, { signal, onSilence });
      reply.raw.end(JSON.stringify(outcome));
    } catch (error) {
      // The status has gone out already: the API's form for a failure behind it.
      const { code, message } = luminaErrorOf(error);
      reply.raw.end(JSON.stringify({ __error__: { error: code, message } }));
      await this.left({ ...watcher, run: snapshot.run, signal });
    }
  }

  async left({
    target,
    run,
    isRunCancelled,
    signal,
  }: Watcher & { readonly run: string; readonly signal: AbortSignal }): Promise<void> {
    // Whoever may only read may not cancel by leaving.
    if (!isRunCancelled || !signal.aborted || !target.caller.scopes.has('runs:write')) return;
    // It may have ended just now, and nobody is there to be told.
    await this.requests.cancel({ ...target, run, thread: '' }, false).catch(() => undefined);
  }
}
