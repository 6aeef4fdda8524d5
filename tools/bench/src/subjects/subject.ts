import type { Address } from '@lumina/testbed';
import type { Watched } from '../accounts/proc-stat';

/** What is asked for, as a user message of exactly this word; the scripted model knows each. */
export const tasks = ['chat', 'agent', 'agent4', 'steps4', 'stream', 'burst'] as const;
export type Task = (typeof tasks)[number];

/** Something that does the work: Lumina, a peer, or the model itself without anybody between. */
export interface Subject {
  readonly name: string;
  readonly title: string;
  readonly tasks: ReadonlySet<Task>;
  readonly canStream: boolean;
  start(): Promise<void>;
  stop(): Promise<void>;
  /**
   * One run, to its answer.
   *
   * @throws Error when it was not answered
   */
  ask(task: Task): Promise<void>;
  /**
   * One run, its words as they come. Resolves at the end of the stream.
   *
   * @returns how many bytes the stream had
   * @throws Error when it broke off
   */
  stream(task: Task, onText: (text: string) => void): Promise<number>;
  /** What is accounted to it: its processes, and its Redis. */
  readonly watched: readonly Watched[];
  /** Roles of processes that are gone and should be there. */
  readonly dead: readonly string[];
  /** Undefined: it has none. */
  readonly redis: Address | undefined;
  /** Where its services tell of their event loops, by role. */
  readonly metrics: readonly { readonly role: string; readonly url: string }[];
  /** What it is made of, and how it is set up; known once it has started. */
  readonly about: About;
}

export interface About {
  readonly isDurable: boolean;
  readonly versions: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, unknown>>;
}
