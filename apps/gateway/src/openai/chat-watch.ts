import { type ErrorCode, LuminaError, isErrorCode } from '@lumina/contracts';
import { luminaErrorOf } from '../problems/problem';
import type { Expectation } from '../runs/run-feed';
import type { RunPlace, RunWatch } from '../runs/run-watch';
import { ChatProjection } from './chat-projection';
import { errorBody } from './error-body';
import type { EventReply } from './event-reply';
import { completionId } from './response-ids';

/** What every chunk and the whole of a completion share. */
export interface CompletionHead {
  readonly model: string;
  readonly createdMs: number;
}

export interface ChatStreaming {
  readonly head: CompletionHead;
  readonly isUsageWanted: boolean;
  readonly expectation: Expectation | undefined;
}

const shared = (run: string, { model, createdMs }: CompletionHead, object: string) => ({
  id: completionId(run),
  object,
  created: Math.floor(createdMs / 1_000),
  model,
  system_fingerprint: null,
});

/** Shows runs as chat completions. */
export class ChatWatch {
  constructor(private readonly runs: RunWatch) {}

  /** Writes the message as it comes. Never rejects. */
  async stream(
    reply: EventReply,
    place: RunPlace,
    { head, isUsageWanted, expectation }: ChatStreaming,
  ): Promise<void> {
    const projection = new ChatProjection(place.run, true);
    const opening = JSON.stringify(shared(place.run, head, 'chat.completion.chunk')).slice(0, -1);
    const usage = isUsageWanted ? ',"usage":null' : '';
    const chunk = (delta: object, finish: string | null = null): Promise<void> => {
      const choice = { index: 0, delta, logprobs: null, finish_reason: finish };
      return reply.data(`${opening},"choices":[${JSON.stringify(choice)}]${usage}}`);
    };
    try {
      await chunk({ role: 'assistant', content: '', refusal: null });
      const watching = { signal: reply.signal, expectation, isJournalEnough: true };
      for await (const heard of this.runs.follow(place, watching)) {
        if (heard.kind === 'silence') await reply.comment();
        else for (const delta of projection.deltas(heard.sequenced)) await chunk(delta);
      }
      if (projection.ending === undefined) return reply.breakOff();
      refuseFailure(projection, place.run);
      await chunk({}, projection.finishReason);
      if (isUsageWanted)
        await reply.data(`${opening},"choices":[],"usage":${JSON.stringify(projection.usage)}}`);
      await reply.data('[DONE]');
    } catch (error) {
      await reply.data(JSON.stringify({ error: errorBody(luminaErrorOf(error)) }));
    }
    reply.end();
  }

  /**
   * Waits for the message.
   *
   * @throws LuminaError for a run that fails, or that waits for a person
   */
  async completion(
    place: RunPlace,
    {
      head,
      signal,
      expectation,
    }: { head: CompletionHead; signal: AbortSignal; expectation: Expectation | undefined },
  ): Promise<object> {
    const projection = new ChatProjection(place.run, false);
    for await (const heard of this.runs.follow(place, { signal, expectation, isJournalEnough: true })) {
      if (heard.kind === 'event') projection.deltas(heard.sequenced);
      const isQuiet = heard.kind === 'silence' || projection.state.restingSinceMs !== undefined;
      if (isQuiet && (await this.runs.isAtRest(projection.state))) throw atRest(projection, place.run);
    }
    if (projection.ending === undefined) throw left(place.run, signal);
    refuseFailure(projection, place.run);
    const { message, finishReason: finish_reason, usage } = projection;
    const choices = [{ index: 0, message, logprobs: null, finish_reason }];
    return { ...shared(place.run, head, 'chat.completion'), choices, usage };
  }
}

function refuseFailure({ ending }: ChatProjection, run: string): void {
  if (ending === undefined || ending.type === 'run.succeeded') return;
  if (ending.type === 'run.cancelled')
    throw new LuminaError('LUM_RUN_CANCELLED', `Run ${run} was cancelled.`);
  const { code, message } = ending.failure;
  const known: ErrorCode = isErrorCode(code) ? code : 'LUM_INTERNAL';
  throw new LuminaError(known, `${message} (run ${run})`);
}

function atRest({ state: { phase } }: ChatProjection, run: string): LuminaError {
  if (phase.name === 'waiting') {
    const message = `The run has used up its budget and waits for more: GET and POST /runs/${run}/budget.`;
    return new LuminaError('LUM_BUDGET_NEEDED', message);
  }
  const message = `A tool call waits for a person's decision: GET and POST /runs/${run}/approvals.`;
  return new LuminaError('LUM_APPROVAL_NEEDED', message);
}

const left = (run: string, { aborted }: AbortSignal): LuminaError =>
  aborted
    ? new LuminaError('LUM_BAD_REQUEST', 'The client left before the answer was there.')
    : new LuminaError('LUM_DRAINING', `This gateway is shutting down. Run ${run} goes on.`, {
        retryAfterMs: 1_000,
      });
