import type { CommandLine } from '../command-line';
import type { Variation } from '../subjects/lumina-services';
import type { LuminaSubject } from '../subjects/lumina-subject';
import type { Model } from '../subjects/model';
import type { Subject } from '../subjects/subject';

/** What a work is done with. */
export interface WorkContext {
  readonly options: CommandLine;
  readonly subjects: readonly Subject[];
  /** The model without anybody between. */
  readonly direct: Subject;
  readonly model: Model;
  /** Starts another Lumina, which ends with the benchmark. */
  readonly another: (name: string, variation?: Variation) => Promise<LuminaSubject>;
  /** Puts on record that a subject has died, and of what. */
  readonly fell: (subject: Subject, why: string) => void;
  readonly progress: (text: string) => void;
  /** Fires when the benchmark is interrupted. */
  readonly signal: AbortSignal;
}
