import pino, { type DestinationStream, type LevelWithSilent, type Logger } from 'pino';
import { knownSecrets } from '../secrets/known-secrets';
import { Scrubber } from '../secrets/scrubber';

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

const scrubber = new Scrubber(knownSecrets(process.env));

/** Every line once more: an error's message may quote what it failed with. */
export const withoutSecrets = (line: string): string => scrubber.scrubKnown(line).text;

/** The logs of this process' services, whose level may change. */
export const serviceLogs: Logger[] = [];

/** A service's own log, beside that of its requests. */
export function serviceLog(name: string, level: LevelWithSilent): Logger {
  const log = pino({ name, level, hooks: { streamWrite: withoutSecrets } }, logDestination());
  serviceLogs.push(log);
  return log;
}
