import type { SourceTree } from './source-tree';

/** One rule that the repository keeps. A fault is a line for a person: where, what, and what to do about it. */
export interface Check {
  readonly name: string;
  readonly faults: (tree: SourceTree) => readonly string[];
}
