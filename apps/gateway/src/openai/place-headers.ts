import type { RunPlace } from '../runs/run-watch';

/** By which names other APIs know the run. */
export const placeHeaders = ({ run, thread }: RunPlace): Readonly<Record<string, string>> => ({
  'x-lumina-run-id': run,
  'x-lumina-thread-id': thread,
});
