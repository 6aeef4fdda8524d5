import { type Quantiles, type Spread, spreadOf } from './spread';

/** What a subject adds to the time that the model takes by itself, in milliseconds. */
export interface Added {
  readonly p50Ms: Spread | undefined;
  readonly p95Ms: Spread | undefined;
  readonly p99Ms: Spread | undefined;
}

/** Round by round: a round of the subject less the model's own in the same turn. */
export function addedOf(
  subject: readonly (Quantiles | undefined)[],
  direct: readonly (Quantiles | undefined)[],
): Added {
  const pairs = subject.flatMap((one, round) => {
    const other = direct[round];
    return one === undefined || other === undefined ? [] : [{ one, other }];
  });
  const added = (at: keyof Quantiles) => spreadOf(pairs.map(({ one, other }) => one[at] - other[at]));
  return { p50Ms: added('p50'), p95Ms: added('p95'), p99Ms: added('p99') };
}
