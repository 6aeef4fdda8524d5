import { type Tracing, createService } from '@lumina/platform';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module';
import { serveDocs } from './docs';
import { luminaErrorOf } from './problems/problem';
import { answerWith } from './problems/problem.filter';
import { secureAnswers } from './security-headers';
import type { GatewaySettings } from './settings';

/** What a page may read of an answer beside its body: clients find their runs and their limits there. */
const shownHeaders = [
  ...['content-location', 'location', 'x-request-id', 'x-lumina-run-id', 'x-lumina-thread-id'],
  ...['ratelimit', 'ratelimit-policy', 'retry-after', 'retry-after-ms', 'x-should-retry'],
];
const preflightSeconds = 600;

/** Everything comes from the gateway itself, and nothing of it is shown in another's frame. The page of the API has styles in it. */
const contentPolicy = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    objectSrc: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
};

/** The gateway's application, ready to listen. */
export async function createGateway(
  settings: GatewaySettings,
  tracing?: Tracing,
): Promise<NestFastifyApplication> {
  const app = await createService(AppModule.of(settings, tracing), {
    tracing,
    bodyBytes: settings.LUMINA_MAX_BODY,
    headersMs: settings.LUMINA_HEADER_TIMEOUT,
    requestMs: settings.LUMINA_REQUEST_TIMEOUT,
    answerMs: settings.LUMINA_ANSWER_TIMEOUT,
    connections: settings.LUMINA_MAX_CONNECTIONS,
    connectionsPerAddress: settings.LUMINA_MAX_CONNECTIONS_PER_ADDRESS,
    onUnreadable: (error, request, reply) => answerWith(luminaErrorOf(error), request, reply),
  });
  const origins = settings.LUMINA_CORS_ORIGINS ?? [];
  await secureAnswers(app.getHttpAdapter().getInstance(), {
    contentSecurityPolicy: contentPolicy,
    // Whose pages may read is said by CORS.
    crossOriginResourcePolicy: { policy: origins.length > 0 ? 'cross-origin' : 'same-origin' },
  });
  if (origins.length > 0)
    app.enableCors({
      origin: origins.includes('*') ? '*' : [...origins],
      methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
      exposedHeaders: shownHeaders,
      maxAge: preflightSeconds,
    });
  serveDocs(app);
  return app;
}
