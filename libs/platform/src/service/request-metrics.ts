import { syntheticTenant } from '@lumina/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Counter } from 'prom-client';
import type { TraceContext } from '../traces/trace-context';
import { tenantOf } from './request-notes';
import { TracedHistogram } from './traced-histogram';

const requests = new Counter({
  name: 'lumina_requests_total',
  help: 'HTTP requests that were answered, by method, route and status.',
  labelNames: ['method', 'route', 'status'],
});
const seconds = new TracedHistogram({
  name: 'lumina_request_duration_seconds',
  help: 'From a request to the end of its answer; that of a stream ends when its client has all of it.',
  labelNames: ['route'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
});

const methods = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']);
const unmeasured = /^\/(metrics|health\/(live|ready))$/;

/** A route as it was declared, never as it was asked for: whatever strangers ask for is one label. */
export const routeOf = ({ routeOptions }: Pick<FastifyRequest, 'routeOptions'>): string =>
  routeOptions.url ?? 'unknown';

export const methodOf = (method: string): string => (methods.has(method) ? method : 'other');

/** Scrapers and the kubelet ask too often to be told of. */
export const isMeasured = (route: string): boolean => !unmeasured.test(route);

/** Counts and times every request of a service, except those of scrapers, of the kubelet and of synthetic runs. */
export function measureRequests(
  server: Pick<FastifyInstance, 'addHook'>,
  traceOf: (request: object) => TraceContext | undefined,
): void {
  server.addHook('onResponse', (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    const route = routeOf(request);
    if (isMeasured(route) && tenantOf(request.raw) !== syntheticTenant) {
      requests.inc({ method: methodOf(request.method), route, status: reply.statusCode });
      seconds.observe({ route }, reply.elapsedTime / 1_000, traceOf(request.raw));
    }
    done();
  });
}
