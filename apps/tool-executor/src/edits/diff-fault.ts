/** What makes a patch unreadable, with where in it. */
export class DiffFault extends Error {
  constructor(
    /** Index of the line. */
    line: number,
    message: string,
    readonly isBinary = false,
  ) {
    super(`line ${line + 1} of the patch: ${message}`);
  }
}
