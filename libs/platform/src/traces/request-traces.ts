import { AsyncLocalStorage } from 'node:async_hooks';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { methodOf, routeOf } from '../service/request-metrics';
import { spanNames } from './span-names';
import { type TraceContext, parseTraceparent } from './trace-context';
import type { Span, Tracing } from './tracing';

const current = new AsyncLocalStorage<Span>();
const spans = new WeakMap<object, Span>();

/** The span of the request that is being answered; undefined outside of one, and where nothing is traced. */
export const requestSpan = (): Span | undefined => current.getStore();

/** For logs and metrics: the trace that a request (as Node has it) belongs to. */
export const traceOf = (request: object): TraceContext | undefined => spans.get(request)?.context;

const untraced = /^\/(metrics|health\/(live|ready))$/;

/**
 * One span a request, in the client's trace where its `traceparent` names one; the header `x-trace-id` of the answer says which.
 * The span of a stream ends with it.
 */
export function traceRequests(server: Pick<FastifyInstance, 'addHook'>, tracing: Tracing): void {
  server.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    const route = routeOf(request);
    if (untraced.test(route)) {
      done();
      return;
    }
    const { traceparent } = request.headers;
    const method = methodOf(request.method);
    const span = tracing.start(`${method} ${route}`, {
      kind: 'server',
      parent: parseTraceparent(typeof traceparent === 'string' ? traceparent : undefined),
      attributes: { [spanNames.method]: method, [spanNames.route]: route },
    });
    spans.set(request.raw, span);
    reply.raw.setHeader('x-trace-id', span.context.traceId);
    done();
  });
  // Only now: whoever reads a body goes on where the socket is read, and not where the request began.
  server.addHook('preValidation', (request: FastifyRequest, _reply: FastifyReply, done: () => void) => {
    const span = spans.get(request.raw);
    if (span === undefined) done();
    else current.run(span, done);
  });
  server.addHook('onResponse', (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    const span = spans.get(request.raw);
    span?.set({ [spanNames.status]: reply.statusCode });
    span?.end(reply.statusCode >= 500 ? String(reply.statusCode) : undefined);
    done();
  });
}
