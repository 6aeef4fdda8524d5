import type { Checked, Place } from './argument-policy';

export interface Grants {
  /** Scripts of package.json may be run by npm and yarn. */
  readonly scripts: boolean;
}

/** How one allowed program may be called. One file in policies/, and a line in policies/index.ts. */
export interface ProgramPolicy {
  /** As a model calls it. */
  readonly name: string;
  /** The program's real name, where it is another. */
  readonly executable?: string;
  /** What it is started with besides its arguments. */
  readonly env?: Readonly<Record<string, string>>;
  /** The arguments that it is started with, or why not. */
  check(args: readonly string[], place: Place, grants: Grants): Checked<readonly string[]>;
}
