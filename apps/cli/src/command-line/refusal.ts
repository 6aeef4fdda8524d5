/** What a script can tell from the exit code alone. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  approvalNeeded: 3,
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Why a command stops, in words for the person who called it. Shown without a stack. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    message: string,
    readonly exitCode: ExitCode = exitCodes.failed,
  ) {
    super(message);
  }
}
