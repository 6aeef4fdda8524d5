import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import { afterEach, describe, expect, it } from '@jest/globals';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { secureAnswers } from './security-headers';

const variants: readonly [string, FastifyHelmetOptions][] = [
  ['by default', {}],
  [
    'with a policy of our own',
    {
      contentSecurityPolicy: {
        useDefaults: false,
        directives: { defaultSrc: ["'self'"], objectSrc: ["'none'"] },
      },
      crossOriginResourcePolicy: { policy: 'cross-origin' },
    },
  ],
  ['without some', { contentSecurityPolicy: false, strictTransportSecurity: false }],
];

describe('the security headers of an answer', () => {
  const servers: FastifyInstance[] = [];
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

  function serverWith(): FastifyInstance {
    const server = new FastifyAdapter().getInstance<FastifyInstance>();
    servers.push(server);
    server.get('/', async () => 'ok');
    server.get('/fails', async () => Promise.reject(new Error('on purpose')));
    server.get('/stream', (_request, reply) => {
      reply.hijack();
      reply.raw.end('ok');
    });
    return server;
  }

  const headersOf = async (server: FastifyInstance, url: string) => {
    const { date: _, ...headers } = (await server.inject(url)).headers;
    return headers;
  };

  it.each(variants)('are those of helmet, %s, whatever is answered', async (_what, options) => {
    const helmets = serverWith();
    await helmets.register(helmet, options);
    const ours = serverWith();
    await secureAnswers(ours, options);
    for (const url of ['/', '/', '/fails', '/nowhere', '/stream']) {
      const headers = await headersOf(ours, url);
      expect(headers).toEqual(await headersOf(helmets, url));
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff' });
    }
  });
});
