/** How long the store waits before it doubts. Milliseconds. */
export interface StoreTimes {
  /** From opening an item, or ringing for it, until the sweeper rings (again); doubled with each ring. */
  readonly ringGraceMs: number;
  readonly longestRingGraceMs: number;
  /** How long an ended run's events can be replayed one by one. */
  readonly eventsKeptMs: number;
}

export const defaultStoreTimes: StoreTimes = {
  ringGraceMs: 2_000,
  longestRingGraceMs: 60_000,
  eventsKeptMs: 86_400_000,
};
