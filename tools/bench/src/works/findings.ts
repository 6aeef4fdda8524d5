import type { RoundSummary } from '../accounts/round-summary';
import type { Round } from './round';

/** A work in which each round is one measurement, by subject. */
export interface RoundsFinding {
  readonly summaries: Readonly<Record<string, RoundSummary>>;
  readonly rounds: Readonly<Record<string, readonly Round[]>>;
}

/** What came of the works that were done. */
export interface Findings {
  chat?: RoundsFinding;
  agent?: RoundsFinding;
  agent4?: RoundsFinding;
}
