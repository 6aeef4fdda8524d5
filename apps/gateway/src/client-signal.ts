import type { FastifyReply } from 'fastify';

/** One for all: an error of its own for each client, with its stack, was 3 % of a gateway's CPU. */
const reason = new Error('the client has gone');

interface Answering {
  readonly raw: Pick<FastifyReply['raw'], 'once' | 'writableFinished'>;
}

/** A client that waits for its answer. It has gone when its connection closes before it has all of that. */
export class Client {
  /** Called when it goes: by then it is known to be gone. */
  onGone: () => void = () => undefined;
  private isAway = false;
  private going: AbortController | undefined;

  constructor({ raw }: Answering) {
    raw.once('close', () => {
      if (raw.writableFinished) return;
      this.isAway = true;
      this.onGone();
      this.going?.abort(reason);
    });
  }

  get isGone(): boolean {
    return this.isAway;
  }

  /** Made when it is first asked for, which most never are: a signal, and who listens to it, cost 2 % of a gateway's CPU. */
  get signal(): AbortSignal {
    this.going ??= new AbortController();
    if (this.isAway) this.going.abort(reason);
    return this.going.signal;
  }
}

/** Aborted when the client has gone. */
export const clientSignal = (reply: Answering): AbortSignal => new Client(reply).signal;

/** Aborted with the signal that is given, or when its holder leaves, which everybody does: `AbortSignal.any` costs several times as much. */
export function leavable(signal: AbortSignal): { readonly signal: AbortSignal; readonly leave: () => void } {
  const leaving = new AbortController();
  const leave = (): void => {
    signal.removeEventListener('abort', leave);
    leaving.abort(reason);
  };
  if (signal.aborted) leave();
  else signal.addEventListener('abort', leave);
  return { signal: leaving.signal, leave };
}
