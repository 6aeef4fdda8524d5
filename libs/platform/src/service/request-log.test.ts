import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@lumina/testing';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { logRequests } from './request-log';
import { noteRequest } from './request-notes';

interface Line {
  readonly level: string;
  readonly [name: string]: unknown;
}

describe('the log of a request', () => {
  let server: FastifyInstance;
  let lines: Line[];

  beforeEach(() => {
    lines = [];
    const at = (level: string) => (line: object) => void lines.push({ level, ...line });
    server = new FastifyAdapter().getInstance<FastifyInstance>();
    logRequests(server, () => ({ info: at('info'), warn: at('warn'), error: at('error') }) as never);
  });
  afterEach(() => server.close());

  const one = () => eventually('it is logged', () => lines[0]);

  it('is one wide event: whose it was, what it was about, what came of it, and nothing that was said', async () => {
    server.post('/threads/:thread/runs', (request, reply) => {
      noteRequest(request.raw, { tenant: 'acme' });
      void reply
        .header('content-location', '/threads/t1/runs/r1')
        .header('set-cookie', 'hidden')
        .send({ x: 'hidden' });
    });
    const headers = { 'x-api-key': 'hidden', cookie: 'hidden' };
    await server.inject({
      method: 'POST',
      url: '/threads/t1/runs?q=hidden',
      headers,
      payload: { x: 'hidden' },
    });
    expect(await one()).toEqual({
      ...{
        level: 'info',
        event: 'request',
        route: '/threads/:thread/runs',
        outcome: 'ok',
        status: 200,
      },
      ...{ tenant: 'acme', thread: 't1', run: 'r1', durationMs: expect.any(Number) },
      ...{ request: expect.any(String), method: 'POST', path: '/threads/t1/runs' },
    });
    expect(lines).toHaveLength(1);
  });

  it.each([
    [200, 'info', 'ok'],
    [404, 'warn', 'refused'],
    [503, 'error', 'failed'],
  ])('of status %i has level %s', async (status, level, outcome) => {
    server.get('/', (_request, reply) => reply.code(status).send());
    await server.inject('/');
    expect(await one()).toMatchObject({ level, outcome });
  });

  it('says that a client left before the end of its answer', async () => {
    server.get('/stream', (_request, reply) => {
      reply.hijack();
      reply.raw.writeHead(200).write('the beginning');
    });
    await server.listen({ host: '127.0.0.1', port: 0 });
    const { port } = server.server.address() as AddressInfo;
    const request = get({ host: '127.0.0.1', port, path: '/stream' }, (answer) => {
      answer.once('data', () => answer.destroy());
    });
    request.on('error', () => undefined);
    expect(await one()).toMatchObject({ outcome: 'left', route: '/stream' });
  });

  it('names a route that nobody declared as metrics do', async () => {
    await server.inject('/wp-admin');
    expect(await one()).toMatchObject({ route: 'unknown', outcome: 'refused', path: '/wp-admin' });
  });

  it.each(['/health/live', '/health/ready', '/metrics'])('is left out for %s', async (path) => {
    server.get(path, (_request, reply) => reply.send());
    server.get('/other', (_request, reply) => reply.send());
    await server.inject(path);
    await server.inject('/other');
    await one();
    expect(lines.map(({ route }) => route)).toEqual(['/other']);
  });
});
