import { LuminaError } from '@lumina/contracts';
import { luminaErrorOf } from '../problems/problem';
import type { Expectation } from '../runs/run-feed';
import type { RunPlace, RunWatch } from '../runs/run-watch';
import { errorBody } from './error-body';
import type { EventReply } from './event-reply';
import { ResponseProjection } from './response-projection';

/** Nothing was sent yet: sequence numbers begin at 0. */
export const fromTheBeginning = -1;

export interface ResponseStreaming {
  /** The `sequence_number` of the last event that the client has. */
  readonly after: number;
  readonly expectation?: Expectation | undefined;
}

/** Shows runs as responses. */
export class ResponseWatch {
  constructor(private readonly runs: RunWatch) {}

  /** Writes all events behind the cursor, until the response is over. Never rejects. */
  async stream(reply: EventReply, place: RunPlace, { after, expectation }: ResponseStreaming): Promise<void> {
    const projection = new ResponseProjection(place.run);
    const isJournalEnough = after === fromTheBeginning;
    let number = 0;
    try {
      const watching = { signal: reply.signal, expectation, isJournalEnough };
      for await (const heard of this.runs.follow(place, watching)) {
        if (heard.kind === 'silence') {
          await reply.comment();
          continue;
        }
        for (const { type, ...event } of projection.events(heard.sequenced)) {
          if (number > after) await reply.frame(type, { type, sequence_number: number, ...event });
          number += 1;
        }
      }
      if (!projection.hasEnded) return reply.breakOff();
      await reply.data('[DONE]');
    } catch (error) {
      const { message, code, param } = errorBody(luminaErrorOf(error));
      await reply.frame('error', { type: 'error', sequence_number: number, code, message, param });
    }
    reply.end();
  }

  /** Waits until a run ends or rests for a person. */
  async outcome(
    place: RunPlace,
    { signal, expectation }: { readonly signal: AbortSignal; readonly expectation?: Expectation | undefined },
  ): Promise<ResponseProjection> {
    const projection = new ResponseProjection(place.run);
    for await (const heard of this.runs.follow(place, { signal, expectation, isJournalEnough: true })) {
      if (heard.kind === 'event') projection.events(heard.sequenced);
      const isQuiet = heard.kind === 'silence' || projection.state.restingSinceMs !== undefined;
      if (isQuiet && (await this.runs.isAtRest(projection.state))) return projection;
    }
    if (projection.hasEnded || signal.aborted) return projection;
    throw new LuminaError(
      'LUM_DRAINING',
      `This gateway is shutting down. Run ${place.run} goes on; ask for it again.`,
      { retryAfterMs: 1_000 },
    );
  }

  /** As it stands. */
  async present(place: RunPlace): Promise<ResponseProjection> {
    const projection = new ResponseProjection(place.run);
    for (const sequenced of await this.runs.past(place)) projection.events(sequenced);
    return projection;
  }
}
