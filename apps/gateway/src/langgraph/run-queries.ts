import { LuminaError } from '@lumina/contracts';
import type { RunSnapshot } from '@lumina/store';
import { type Cursor, beginning, readCursor } from './cursor';
import { type StreamMode, isStreamMode, streamModes } from './stream-modes';

/** What clients say in queries and headers about a run that they name. */
export const isYes = (given: string | undefined): boolean => given === '1' || given === 'true';

export function isRollback(action: string | undefined): boolean {
  if (action === undefined || action === 'interrupt') return false;
  if (action === 'rollback') return true;
  throw invalid('action', 'interrupt or rollback');
}

export function joinModes(given: string | string[] | undefined): ReadonlySet<StreamMode> {
  const asked = given === undefined ? ['values'] : listIn(given);
  const known = asked.filter(isStreamMode);
  if (known.length === asked.length) return new Set(known);
  throw invalid('stream_mode', `one or several of ${streamModes.join(', ')}`);
}

/** Several may come as several, with commas between, or as JSON; a client that comes back may say them again in another of these ways. */
export const listIn = (given: string | readonly string[]): readonly string[] =>
  [given].flat().flatMap(partsOf);

function partsOf(given: string): readonly string[] {
  if (!given.startsWith('[')) return given.split(',');
  try {
    const parsed: unknown = JSON.parse(given);
    return Array.isArray(parsed) ? parsed.map(String) : [given];
  } catch {
    return [given];
  }
}

/** @throws LuminaError LUM_CURSOR_EXPIRED for what no frame of this run had */
export function cursorIn(lastEventId: string | undefined, { lastSeq }: RunSnapshot): Cursor {
  const after = lastEventId === undefined ? beginning : readCursor(lastEventId);
  if (after !== undefined && (after === beginning || after.seq <= lastSeq)) return after;
  const fields = [{ field: 'Last-Event-ID', expected: 'the id of a frame of this run' }];
  throw new LuminaError('LUM_CURSOR_EXPIRED', 'This cursor was never given out for this run.', { fields });
}

function invalid(field: string, expected: string): LuminaError {
  return new LuminaError('LUM_VALIDATION_FAILED', `${field}: expected ${expected}`, {
    fields: [{ field, expected }],
  });
}
