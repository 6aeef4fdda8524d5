/** Something that was broken. Recovery counts from `atMs`: when it broke, or for an outage that had to be sat out, when it ended. */
export interface Disturbance {
  readonly what: string;
  readonly atMs: number;
}

/** An undisturbed run is never silent for so long. */
export const disturbedAfterMs = 1_000;

/**
 * How long a run stood still after disturbances, as its client saw it. `momentsMs`: its acknowledgement and each fact that the client
 * heard. A pause counts from the first disturbance in it to its end; one that is no longer than an undisturbed step takes is none.
 */
export function pausesOf(
  momentsMs: readonly number[],
  disturbances: readonly Disturbance[],
): readonly number[] {
  return momentsMs.slice(1).flatMap((next, index) => {
    const previous = momentsMs[index] ?? next;
    const first = disturbances.find(({ atMs }) => atMs > previous && atMs <= next);
    return first !== undefined && next - first.atMs > disturbedAfterMs ? [next - first.atMs] : [];
  });
}

/**
 * For each disturbance the longest time, until the next one, in which no client heard anything of any run. `momentsMs`: all
 * that was heard, in order.
 */
export function standstillsOf(
  momentsMs: readonly number[],
  disturbances: readonly Disturbance[],
): readonly number[] {
  return disturbances.map(({ atMs }, index) => {
    const untilMs = disturbances[index + 1]?.atMs ?? Number.POSITIVE_INFINITY;
    const heard = [atMs, ...momentsMs.filter((moment) => moment > atMs && moment <= untilMs)];
    if (heard.length === 1) return Number.POSITIVE_INFINITY;
    return Math.max(...heard.slice(1).map((moment, place) => moment - (heard[place] ?? moment)));
  });
}

/** From each disturbance until the first acknowledgement of a creation that was sent after it; infinite where none came. */
export function firstAcknowledgements(
  acknowledged: readonly { readonly sentMs: number; readonly ackedMs: number }[],
  disturbances: readonly Disturbance[],
): readonly number[] {
  return disturbances.map(({ atMs }) => {
    const later = acknowledged.filter(({ sentMs }) => sentMs > atMs).map(({ ackedMs }) => ackedMs - atMs);
    return Math.min(...later);
  });
}
