import { Egress } from '../programs/egress';

/** Nobody listens to what becomes of it; for tests in which nothing is granted. */
export const noEgress = new Egress({
  trusted: [],
  refused: [],
  onPassage: () => undefined,
  onRecord: () => undefined,
});
