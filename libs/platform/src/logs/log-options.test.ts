import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { type Logger, pino } from 'pino';
import type { Options } from 'pino-http';
import { logOptions } from './log-options';

const options = logOptions('test', 'info').pinoHttp as Options;

function capture(): { stream: PassThrough; raw: () => string } {
  const stream = new PassThrough();
  let raw = '';
  stream.on('data', (chunk: Buffer) => (raw += chunk.toString()));
  return { stream, raw: () => raw };
}

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
