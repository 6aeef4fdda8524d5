import type { IncomingMessage } from 'node:http';

/** What is known of a request besides its line: no text of anybody's, only names that lead to what was done. */
export interface RequestNotes {
  readonly tenant?: string;
  readonly thread?: string;
  readonly run?: string;
}

const notes = new WeakMap<IncomingMessage, RequestNotes>();

/** Adds to what the log will say of a request when it ends. */
export function noteRequest(request: IncomingMessage, more: RequestNotes): void {
  notes.set(request, { ...notes.get(request), ...more });
}

export const notesOf = (request: IncomingMessage): RequestNotes => notes.get(request) ?? {};
export const tenantOf = (request: IncomingMessage): string | undefined => notes.get(request)?.tenant;
