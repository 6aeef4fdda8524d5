/** How far a client has read: all frames up to the `frame`-th of the event `seq`. */
export interface Cursor {
  readonly seq: number;
  readonly frame: number;
}

export const beginning: Cursor = { seq: 1, frame: -1 };

/** All frames of an event have been read, however many it makes. */
export const afterEvent = (seq: number): Cursor => ({ seq, frame: 999_999 });

/** Whether a frame comes behind what has been read. */
export const isBehind = (after: Cursor, { seq, frame }: Cursor): boolean =>
  seq > after.seq || (seq === after.seq && frame > after.frame);

export const cursorId = ({ seq, frame }: Cursor): string => `${seq}-${frame}`;

/** Reads a `Last-Event-ID`; undefined for what never was one. `-1` is how clients ask for everything. */
export function readCursor(id: string): Cursor | undefined {
  if (id === '-1') return beginning;
  const match = /^(\d{1,15})-(\d{1,6})$/.exec(id);
  return match === null ? undefined : { seq: Number(match[1]), frame: Number(match[2]) };
}
