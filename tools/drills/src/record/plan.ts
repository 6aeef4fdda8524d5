/** What a drill of the record breaks. A hung or replaced master is a failover too: another takes its place. */
export type Breakage = 'kill' | 'failover';

export interface PlannedDrill {
  readonly drill: string;
  readonly breaks: Breakage;
  readonly times: number;
}

const entry = (drill: string, breaks: Breakage, times: number): PlannedDrill => ({ drill, breaks, times });

/** Enough for what is promised "over 200 kills and 10 failovers", within 25 minutes. */
const long: readonly PlannedDrill[] = [
  entry('kill-worker', 'kill', 70),
  entry('kill-executor', 'kill', 70),
  entry('kill-gateway', 'kill', 62),
  entry('redis-failover', 'failover', 6),
  entry('planned-failover', 'failover', 6),
  entry('redis-hang', 'failover', 2),
];

const short: readonly PlannedDrill[] = [
  entry('kill-worker', 'kill', 2),
  entry('planned-failover', 'failover', 1),
];

export const recordPlan = (isShort: boolean): readonly PlannedDrill[] => (isShort ? short : long);
