import { LuminaError } from '@lumina/contracts';
import { isBehind as isBehindInRun } from '../cursor';

/**
 * How far a client has read in a thread: of the part that begins at `position` of the thread's journal, all frames up to the
 * `frame`-th of the event `seq`; of later parts nothing. The same at any gateway, whichever modes read on.
 */
export interface ThreadCursor {
  readonly position: number;
  readonly seq: number;
  readonly frame: number;
}

/** Nothing has been read of what begins at a position, or later. */
export const fromPosition = (position: number): ThreadCursor => ({ position, seq: 0, frame: 0 });

export const threadCursorId = ({ position, seq, frame }: ThreadCursor): string =>
  `${position}-${seq}-${frame}`;

/** Whether a frame comes behind what has been read. */
export const isBehind = (after: ThreadCursor, frame: ThreadCursor): boolean =>
  frame.position === after.position ? isBehindInRun(after, frame) : frame.position > after.position;

/**
 * Reads what a client says it has read last; `-1` is how clients ask for everything.
 *
 * @throws LuminaError LUM_CURSOR_EXPIRED for what no frame of this thread can have had
 */
export function readThreadCursor(id: string, journalLength: number): ThreadCursor {
  if (id === '-1') return fromPosition(1);
  const match = /^(\d{1,12})-(\d{1,12})-(\d{1,6})$/.exec(id);
  const [position, seq, frame] = (match ?? []).slice(1).map(Number);
  const isGiven = position !== undefined && seq !== undefined && frame !== undefined;
  if (isGiven && position <= journalLength + 1) return { position, seq, frame };
  const fields = [{ field: 'Last-Event-ID', expected: 'the id of a frame of this thread' }];
  throw new LuminaError('LUM_CURSOR_EXPIRED', 'This cursor was never given out for this thread.', { fields });
}
