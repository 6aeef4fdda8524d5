import type { ByRole } from '../accounts/by-role';
import type { Bar } from '../bars/bar';
import type { CommandLine } from '../command-line';
import type { Machine } from '../probes/machine';
import type { About } from '../subjects/subject';
import type { Findings } from '../works/findings';

export interface MeasuredSubject extends About {
  readonly name: string;
  readonly title: string;
  /** What it takes while nobody asks it for anything: shares of one core, by role. */
  readonly atRest: ByRole;
}

/** Everything that a benchmark has to say; written as JSON as it stands. */
export interface Report {
  /** ISO 8601. */
  readonly at: string;
  readonly durationMs: number;
  readonly options: CommandLine;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly subjects: readonly MeasuredSubject[];
  /** Peers that could not be had, subjects that died, and why. */
  readonly absent: Readonly<Record<string, string>>;
  readonly findings: Findings;
  readonly bars: readonly Bar[];
}
