import type { Address } from '@lumina/testbed';
import type { Watched } from '../probes/process-probe';

/** What is asked for, as a user message of exactly this word; the scripted model knows each. */
export const tasks = ['chat', 'agent', 'agent4', 'stream', 'burst'] as const;
export type Task = (typeof tasks)[number];

/** Something that does the work: Lumina, a peer, or the model itself without anybody between. */
export interface Subject {
  readonly name: string;
  readonly title: string;
  readonly tasks: ReadonlySet<Task>;
  start(): Promise<void>;
  stop(): Promise<void>;
  /**
   * One run, to its answer.
   *
   * @throws Error when it was not answered
   */
  ask(task: Task): Promise<void>;
  /** What is accounted to it: its processes, and its Redis. */
  readonly watched: readonly Watched[];
  /** Undefined: it has none. */
  readonly redis: Address | undefined;
}
