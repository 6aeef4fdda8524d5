import pino, { type DestinationStream, type LevelWithSilent, type Logger } from 'pino';

/** How long a line may wait for others to be written with it, ms. A process that is killed loses no more than this. */
const gatherMs = 100;

let destination: DestinationStream | undefined;

/**
 * Where this process' logs go: standard output, gathered, for a system call a line costs as much as a model's whole answer. What is
 * pending is written when the process exits.
 */
export function logDestination(): DestinationStream {
  destination ??= pino.destination({ dest: 1, sync: false, minLength: 8_192, periodicFlush: gatherMs });
  return destination;
}

/** A service's own log, beside that of its requests. */
export const serviceLog = (name: string, level: LevelWithSilent): Logger =>
  pino({ name, level }, logDestination());
