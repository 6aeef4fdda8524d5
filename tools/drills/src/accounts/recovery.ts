import type { TimelineEntry } from '../load/gateway-client';

/** Something that was broken. Recovery counts from `atMs`: when it broke, or for an outage that clients must sit out, when it ended. */
export interface Disturbance {
  readonly what: string;
  readonly atMs: number;
}

/** No undisturbed step of a drill takes this long. */
export const disturbedAfterMs = 1_000;

/**
 * How long a run stood still after disturbances: from the first disturbance that fell between two facts of its journal to the later of
 * the two. Pauses that are not longer than an undisturbed step's are none.
 */
export function pausesOf(
  timeline: readonly TimelineEntry[],
  disturbances: readonly Disturbance[],
): readonly number[] {
  const times = timeline.map(({ at }) => Date.parse(at));
  return times.slice(1).flatMap((next, index) => {
    const previous = times[index] ?? next;
    const first = disturbances.find(({ atMs }) => atMs > previous && atMs <= next);
    return first !== undefined && next - first.atMs > disturbedAfterMs ? [next - first.atMs] : [];
  });
}

/** From each disturbance until the first of these moments after it; undefined where none came. */
export function untilFirst(
  disturbances: readonly Disturbance[],
  momentsMs: readonly number[],
): readonly (number | undefined)[] {
  return disturbances.map(({ atMs }) => {
    const later = momentsMs.filter((moment) => moment > atMs);
    return later.length === 0 ? undefined : Math.min(...later) - atMs;
  });
}
