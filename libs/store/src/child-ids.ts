import { v5 as uuidV5 } from 'uuid';

/** Ids of the run that a `child:` item starts. They follow from the parent's, so that starting it twice starts it once. */
export const childIds = (
  parentRun: string,
  item: string,
): { readonly run: string; readonly thread: string } => ({
  run: uuidV5(`${item}/run`, parentRun),
  thread: uuidV5(`${item}/thread`, parentRun),
});
