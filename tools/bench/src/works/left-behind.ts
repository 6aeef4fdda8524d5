import type { LuminaSubject, MadeRun } from '../subjects/lumina-subject';
import { type StoredBytes, storedBytes } from '../subjects/stored-runs';

const runsLookedAt = 20;

/** What an `agent` run leaves in the store, by runs made for this, one after the other. */
export async function leftBehind(subject: LuminaSubject): Promise<StoredBytes> {
  const made: MadeRun[] = [];
  subject.collectRuns(made);
  for (let run = 0; run < runsLookedAt; run += 1) await subject.ask('agent');
  subject.collectRuns(undefined);
  return storedBytes(subject.redis, made);
}
