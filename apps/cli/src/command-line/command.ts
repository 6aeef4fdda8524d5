import type { ExitCode } from './refusal';
import type { Shell } from './shell';

export interface Command {
  /** The whole text of `lumina NAME --help`, ending with a newline. */
  readonly usage: string;
  /** @throws Refusal with what to tell the person and the exit code */
  run(args: readonly string[], shell: Shell): Promise<ExitCode>;
}
