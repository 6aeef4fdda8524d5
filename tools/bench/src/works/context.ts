import type { CommandLine } from '../command-line';
import type { Model } from '../subjects/model';
import type { Subject } from '../subjects/subject';

/** What a work is done with. */
export interface WorkContext {
  readonly options: CommandLine;
  readonly subjects: readonly Subject[];
  readonly model: Model;
  readonly progress: (text: string) => void;
  /** Fires when the benchmark is interrupted. */
  readonly signal: AbortSignal;
}
