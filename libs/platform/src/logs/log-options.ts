import type { Params } from 'nestjs-pino';
import type { DestinationStream, LevelWithSilent } from 'pino';
import { withoutSecrets } from './log-destination';
import { notesOf } from './request-notes';

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const secretNames = ['password', 'apiKey', 'authorization', 'Authorization', 'cookie'];
const secretHeaders = ['x-api-key', 'set-cookie'];

/** Never in a log, whatever object they hang on, up to three levels deep. */
const redacted = ['', '*.', '*.*.', '*.*.*.'].flatMap((place) => [
  ...secretNames.map((name) => `${place}${name}`),
  ...secretHeaders.map((name) => `${place.slice(0, -1)}["${name}"]`),
]);

/**
 * JSON logs, one wide event a request. Paths only: a query, a body or a header may carry what people said.
 */
export function logOptions(service: string, level: LevelWithSilent, stream?: DestinationStream): Params {
  return {
    pinoHttp: {
      ...(stream === undefined ? {} : { stream }),
      level,
      name: service,
      hooks: { streamWrite: withoutSecrets },
      redact: { paths: redacted, censor: '[redacted]' },
      autoLogging: { ignore: ({ url = '' }) => url.startsWith('/health/') || url === '/metrics' },
      customLogLevel: (_request, response, error) => {
        if (error !== undefined || response.statusCode >= 500) return 'error';
        return response.statusCode >= 400 ? 'warn' : 'info';
      },
      customProps: (request, response) => notesOf(request, response) ?? {},
      serializers: {
        req: (request: { id: unknown; method: string; url: string }) => ({
          id: request.id,
          method: request.method,
          path: request.url.split('?')[0],
        }),
        res: (response: { statusCode: number }) => ({ status: response.statusCode }),
      },
    },
  };
}
