import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { requestSpan, traceOf, traceRequests } from './request-traces';
import type { TraceContext } from './trace-context';
import type { SpanAttributes, SpanStart, Tracing } from './tracing';

const traceId = 'a'.repeat(32);
const client = { traceId, spanId: 'b'.repeat(16), isSampled: true };

interface Told {
  readonly name: string;
  readonly start: SpanStart;
  readonly attributes: SpanAttributes[];
  ended: string | undefined;
}

/** Spans that nobody receives. */
function toldTracing(told: Told[]): Tracing {
  return {
    close: () => Promise.resolve(),
    start: (name, start) => {
      const context: TraceContext = { ...client, ...start.parent, spanId: 'c'.repeat(16) };
      const span: Told = { name, start, attributes: [], ended: undefined };
      told.push(span);
      return {
        context,
        traceparent: '',
        set: (attributes) => span.attributes.push(attributes),
        end: (errorType = 'ok') => (span.ended ??= errorType),
      };
    },
  };
}

describe('requests', () => {
  let server: FastifyInstance;
  let told: Told[];
  let seen: (string | undefined)[];
  beforeEach(() => {
    told = [];
    seen = [];
    server = new FastifyAdapter().getInstance();
    traceRequests(server, toldTracing(told));
    server.post('/threads/:id', async (request) => {
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(requestSpan()?.context.spanId, traceOf(request.raw)?.traceId);
      return {};
    });
    server.get('/broken', () => Promise.reject(new Error('broken')));
    server.get('/health/live', () => ({}));
  });
  afterEach(() => server.close());

  it('are spans in the trace of their clients, known wherever they are worked on', async () => {
    const headers = { traceparent: `00-${traceId}-${client.spanId}-01`, 'content-type': 'application/json' };
    const answer = await server.inject({ method: 'POST', url: '/threads/7', headers, body: '{"a":1}' });
    expect(answer.headers['x-trace-id']).toBe(traceId);
    expect(told).toMatchObject([{ name: 'POST /threads/:id', start: { kind: 'server', parent: client } }]);
    expect(told[0]).toMatchObject({ attributes: [{ 'http.response.status_code': 200 }], ended: 'ok' });
    expect(seen).toEqual(['c'.repeat(16), traceId]);
    expect(requestSpan()).toBeUndefined();
  });

  it('that failed say so, and a traceparent that is none begins a new trace', async () => {
    await server.inject({ method: 'GET', url: '/broken', headers: { traceparent: 'nonsense' } });
    expect(told).toMatchObject([{ start: { parent: undefined }, ended: '500' }]);
  });

  it('of probes are none', async () => {
    const answer = await server.inject({ method: 'GET', url: '/health/live' });
    expect(answer.headers).not.toHaveProperty('x-trace-id');
    expect(told).toEqual([]);
  });
});
