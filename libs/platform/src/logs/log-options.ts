import type { Params } from 'nestjs-pino';
import type { DestinationStream, LevelWithSilent } from 'pino';
import { withoutSecrets } from './log-destination';

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const secretNames = ['password', 'apiKey', 'authorization', 'Authorization', 'cookie'];
const secretHeaders = ['x-api-key', 'set-cookie'];

/** Never in a log, whatever object they hang on, up to three levels deep. */
const redacted = ['', '*.', '*.*.', '*.*.*.'].flatMap((place) => [
  ...secretNames.map((name) => `${place}${name}`),
  ...secretHeaders.map((name) => `${place.slice(0, -1)}["${name}"]`),
]);

/** JSON logs, without what is secret. */
export function logOptions(service: string, level: LevelWithSilent, stream?: DestinationStream): Params {
  return {
    // Its middleware reaches no route under Fastify, and costs each request a look all the same.
    forRoutes: [],
    pinoHttp: {
      ...(stream === undefined ? {} : { stream }),
      level,
      name: service,
      hooks: { streamWrite: withoutSecrets },
      redact: { paths: redacted, censor: '[redacted]' },
      // Requests are logged by logRequests, which knows their routes.
      autoLogging: false,
    },
  };
}
