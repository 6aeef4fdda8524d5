import { LuminaError } from '@lumina/contracts';

/** A checkpoint is a position in the thread's journal, written as a UUID (version 8) for clients that expect one. */
export const checkpointId = (position: number): string =>
  `00000000-0000-8000-8000-${position.toString(16).padStart(12, '0')}`;

/** @throws LuminaError LUM_CHECKPOINT_NOT_FOUND for an id that names no position of this journal */
export function positionOf(id: string, journalLength: number): number {
  const match = /^00000000-0000-8000-8000-([0-9a-f]{12})$/.exec(id);
  const position = match === null ? Number.NaN : Number.parseInt(match[1] ?? '', 16);
  if (position >= 0 && position <= journalLength) return position;
  throw new LuminaError('LUM_CHECKPOINT_NOT_FOUND', `Checkpoint ${id} not found in this thread`);
}
