import { SetMetadata, applyDecorators } from '@nestjs/common';
import { ApiProduces } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Scope } from '../auth/api-keys';
import type { RouteClass } from './plans';

export const STREAMS_WHEN = 'lumina:streams';
export type StreamsWhen = 'always' | 'asked';

/** A route that answers with server-sent events: always, or where the request asks for a `stream`. */
export const Streams = (when: StreamsWhen) =>
  applyDecorators(
    SetMetadata(STREAMS_WHEN, when),
    ApiProduces(...(when === 'asked' ? ['application/json'] : []), 'text/event-stream'),
  );

/** Whether this request is answered with a stream. */
export function isStreamed({ body, query }: FastifyRequest, when: StreamsWhen | undefined): boolean {
  if (when !== 'asked') return when === 'always';
  const isAsked = (part: unknown, yes: unknown): boolean =>
    (part as { stream?: unknown } | null | undefined)?.stream === yes;
  return isAsked(body, true) || isAsked(query, 'true');
}

/** By what the route needs of a key: reading, which may be streaming; what is for operators; and all that begins or changes something. */
export function classOf(scope: Scope, isStream: boolean): RouteClass {
  if (scope === 'admin' || scope === 'operator') return 'admin';
  if (scope === 'runs:read') return isStream ? 'stream' : 'read';
  return 'write';
}

/** What a request begins: a batch as many runs as it has. */
export const costOf = (of: RouteClass, { body }: FastifyRequest): number =>
  of === 'write' && Array.isArray(body) ? Math.max(1, Math.min(100, body.length)) : 1;
