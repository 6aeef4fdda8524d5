import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { traceOf } from '../traces/request-traces';
import { isMeasured, methodOf, routeOf } from './request-metrics';
import { type RequestNotes, notesOf } from './request-notes';

/** The log of requests. It takes nothing out: each field of their lines is named below, and none can hold a secret. Provided under this token. */
export const REQUEST_LOG = Symbol('request log');
export type RequestLog = Pick<Logger, 'info' | 'warn' | 'error'>;

type Answer = Pick<ServerResponse, 'getHeader' | 'statusCode' | 'writableEnded'>;

const firstOf = (pattern: RegExp, text: string): string | undefined => pattern.exec(text)?.[1];
const headerOf = (answer: Answer, name: string): string | undefined => answer.getHeader(name)?.toString();

/** The run and the thread that a request is about: those of its path, or those that it made, of which the answer says where they are. */
function placeOf({ params }: FastifyRequest, answer: Answer): RequestNotes {
  const { thread: ofThread, run: ofRun } = (params ?? {}) as Readonly<Record<string, string | undefined>>;
  const made = headerOf(answer, 'content-location') ?? '';
  const run = ofRun ?? headerOf(answer, 'x-lumina-run-id') ?? firstOf(/\/runs\/([\w-]+)/, made);
  const thread = ofThread ?? headerOf(answer, 'x-lumina-thread-id') ?? firstOf(/\/threads\/([\w-]+)/, made);
  return { ...(thread === undefined ? {} : { thread }), ...(run === undefined ? {} : { run }) };
}

function outcomeOf({ statusCode, writableEnded }: Answer): 'ok' | 'refused' | 'failed' | 'left' {
  if (!writableEnded) return 'left';
  if (statusCode >= 500) return 'failed';
  return statusCode >= 400 ? 'refused' : 'ok';
}

const levelOf = { ok: 'info', left: 'info', refused: 'warn', failed: 'error' } as const;

/**
 * One wide event a request, when its answer has been sent or its client has gone (`left`). The path only: a query, a body or a header may
 * carry what people said. Those of scrapers and of the kubelet are left out.
 */
export function logRequests(server: Pick<FastifyInstance, 'addHook'>, log: () => RequestLog): void {
  server.addHook('onRequest', (request, reply, done) => {
    const startedAtMs = performance.now();
    reply.raw.once('close', () => {
      const route = routeOf(request);
      if (!isMeasured(route)) return;
      const outcome = outcomeOf(reply.raw);
      const traceId = traceOf(request.raw)?.traceId;
      log()[levelOf[outcome]]({
        event: 'request',
        request: request.id,
        ...(traceId === undefined ? {} : { trace_id: traceId }),
        method: methodOf(request.method),
        path: request.url.split('?')[0],
        route,
        ...notesOf(request.raw),
        ...placeOf(request, reply.raw),
        status: reply.raw.statusCode,
        outcome,
        durationMs: Math.round((performance.now() - startedAtMs) * 100) / 100,
      });
    });
    done();
  });
}
