import type { IncomingMessage, ServerResponse } from 'node:http';

/** What is known of a request besides its line: no text of anybody's, only names that lead to what was done. */
export interface RequestNotes {
  readonly route?: string;
  readonly tenant?: string;
  readonly thread?: string;
  readonly run?: string;
}

const notes = new WeakMap<IncomingMessage, RequestNotes>();

/** Adds to what the log will say of a request when it ends. */
export function noteRequest(request: IncomingMessage, more: RequestNotes): void {
  notes.set(request, { ...notes.get(request), ...more });
}

/** An answer that made a run says where it is. */
function placeIn(response: Pick<ServerResponse, 'getHeader'>): RequestNotes {
  const place = String(response.getHeader('content-location') ?? '');
  const run = response.getHeader('x-lumina-run-id') ?? /\/runs\/([\w-]+)/.exec(place)?.[1];
  const thread = response.getHeader('x-lumina-thread-id') ?? /\/threads\/([\w-]+)/.exec(place)?.[1];
  return {
    ...(run === undefined ? {} : { run: String(run) }),
    ...(thread === undefined ? {} : { thread: String(thread) }),
  };
}

const outcomeOf = (status: number): string => {
  if (status >= 500) return 'failed';
  return status >= 400 ? 'refused' : 'ok';
};

/** The rest of the wide event of a request, once it has been answered; undefined before. */
export function notesOf(
  request: IncomingMessage,
  response: Pick<ServerResponse, 'getHeader' | 'headersSent' | 'statusCode'>,
): object | undefined {
  if (!response.headersSent) return undefined;
  return {
    event: 'request',
    ...notes.get(request),
    ...placeIn(response),
    outcome: outcomeOf(response.statusCode),
  };
}
