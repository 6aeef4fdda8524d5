import { type RequestListener, createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '@lumina/testing';
import { type Logger, pino } from 'pino';
import { type Options, pinoHttp } from 'pino-http';
import { logOptions } from './log-options';
import { noteRequest } from './request-notes';

const options = logOptions('test', 'info').pinoHttp as Options;

function capture(): { stream: PassThrough; lines: () => Record<string, unknown>[]; raw: () => string } {
  const stream = new PassThrough();
  let raw = '';
  stream.on('data', (chunk: Buffer) => (raw += chunk.toString()));
  const lines = () =>
    raw
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { stream, lines, raw: () => raw };
}

/** What one request leaves in the log. */
async function logged(path: string, answer: RequestListener): Promise<ReturnType<typeof capture>> {
  const log = capture();
  const observe = pinoHttp(options, log.stream);
  const server = createServer((request, response) => {
    observe(request, response);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  const headers = { authorization: 'Bearer sk-hidden', 'x-api-key': 'sk-hidden', cookie: 'sk-hidden' };
  await new Promise<void>((resolve) => {
    const request = get({ host: '127.0.0.1', port, path, headers, agent: false }, (response) => {
      response.resume();
      response.on('close', () => resolve());
    });
    request.on('error', () => resolve());
  });
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return log;
}

const status =
  (code: number): RequestListener =>
  (_request, response) => {
    response.writeHead(code, { 'set-cookie': 'sk-hidden' }).end();
  };

describe('the log of a request', () => {
  it('is one line, with the path but without query, headers or cookies', async () => {
    const log = await logged('/v1/runs?q=sk-hidden', status(200));
    await eventually('it is logged', () => log.lines().length === 1);
    expect(log.lines()[0]).toMatchObject({
      name: 'test',
      req: { method: 'GET', path: '/v1/runs' },
      res: { status: 200 },
    });
    expect(log.raw()).not.toContain('sk-hidden');
  });

  it('is a wide event: whose it was, what it was about, and what came of it', async () => {
    const log = await logged('/threads/t1/runs', (request, response) => {
      noteRequest(request, { route: '/threads/:thread_id/runs', thread: 't1' });
      noteRequest(request, { tenant: 'acme' });
      response
        .setHeader('x-request-id', 'r')
        .writeHead(200, { 'content-location': '/threads/t1/runs/r1' })
        .end();
    });
    await eventually('it is logged', () => log.lines().length === 1);
    expect(log.lines()[0]).toMatchObject({
      ...{ event: 'request', route: '/threads/:thread_id/runs', tenant: 'acme', thread: 't1', run: 'r1' },
      ...{ outcome: 'ok', responseTime: expect.any(Number) },
    });
  });

  it.each([
    [200, 30],
    [404, 40],
    [500, 50],
  ])('of status %i has level %i', async (code, level) => {
    const log = await logged('/', status(code));
    await eventually('it is logged', () => log.lines().length === 1);
    expect(log.lines()[0]).toMatchObject({ level });
  });

  it('is an error when the answer broke off', async () => {
    const log = await logged('/', (_request, response) => {
      response.emit('error', new Error('broke off'));
      response.destroy();
    });
    await eventually('it is logged', () => log.lines().length > 0);
    expect(log.lines()[0]).toMatchObject({ level: 50, err: { message: 'broke off' } });
  });

  it.each(['/health/live', '/health/ready', '/metrics'])('is left out for %s', async (path) => {
    const log = await logged(path, status(200));
    expect(log.raw()).toBe('');
  });
});

describe('what a service logs itself', () => {
  const logger = (): { log: ReturnType<typeof capture>; logger: Logger } => {
    const log = capture();
    const { level, name, redact } = options;
    return { log, logger: pino({ level, name, redact } as object, log.stream) };
  };

  it.each([
    ['a password', { password: 'sk-hidden' }],
    ['a key', { apiKey: 'sk-hidden' }],
    ['a password in a thing', { redis: { password: 'sk-hidden' } }],
    ['a key in a thing in a thing', { provider: { options: { apiKey: 'sk-hidden' } } }],
    [
      "a request's headers",
      { req: { headers: { authorization: 'sk-hidden', 'x-api-key': 'sk-hidden', cookie: 'sk-hidden' } } },
    ],
    [
      "an error's request",
      { err: { config: { headers: { authorization: 'sk-hidden', Authorization: 'sk-hidden' } } } },
    ],
    ["an answer's cookies", { res: { headers: { 'set-cookie': 'sk-hidden' } } }],
  ])('never shows %s', (_, object) => {
    const { log, logger: writing } = logger();
    writing.info(object, 'look');
    expect(log.raw()).toContain('[redacted]');
    expect(log.raw()).not.toContain('sk-hidden');
  });
});
