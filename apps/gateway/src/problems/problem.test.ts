import { describe, expect, it } from '@jest/globals';
import { type ErrorCode, LuminaError, errorCodes } from '@lumina/contracts';
import { type ArgumentsHost, HttpException, NotFoundException } from '@nestjs/common';
import { ProblemFilter } from './problem.filter';
import { luminaErrorOf, problemOf } from './problem';

const codes = Object.keys(errorCodes) as ErrorCode[];

/** What the filter sends for a thrown thing. */
function sent(thrown: unknown, options: { url?: string; headersSent?: boolean } = {}) {
  const { url = '/chat', headersSent = false } = options;
  const answer = {
    status: 0,
    type: '',
    body: undefined as unknown,
    headers: {} as Record<string, unknown>,
    ends: 0,
  };
  const logged: unknown[] = [];
  const reply = {
    raw: { headersSent, end: () => void (answer.ends += 1) },
    header: (name: string, value: unknown) => void (answer.headers[name] = value),
    status: (status: number) => Object.assign(reply, { sent: (answer.status = status) }),
    type: (type: string) => Object.assign(reply, { sent: (answer.type = type) }),
    send: (body: unknown) => void (answer.body = body),
  };
  const host = { switchToHttp: () => ({ getRequest: () => ({ url }), getResponse: () => reply }) };
  const logger = { error: (line: unknown) => void logged.push(line) };
  const filter = new ProblemFilter(logger as unknown as ConstructorParameters<typeof ProblemFilter>[0]);
  filter.catch(thrown, host as unknown as ArgumentsHost);
  return { ...answer, logged };
}

describe('problems', () => {
  it.each(codes)('%s is answered with its status, a title and its code', (code) => {
    const { status } = errorCodes[code];
    const problem = problemOf(new LuminaError(code, 'what happened'));
    expect(problem).toEqual({
      ...{ type: `urn:lumina:error:${code}`, title: expect.stringMatching(/^[A-Z]/), status, code },
      ...{ detail: 'what happened', instance: expect.stringMatching(/^urn:uuid:[0-9a-f-]{36}$/) },
    });
    const answer = sent(new LuminaError(code, 'what happened'));
    expect(answer).toMatchObject({ status, type: 'application/problem+json; charset=utf-8' });
    expect(answer.logged).toHaveLength(status >= 500 ? 1 : 0);
  });

  it('names the fields that were wrong', () => {
    const fields = [{ field: 'message', expected: 'text' }];
    expect(problemOf(new LuminaError('LUM_VALIDATION_FAILED', 'no', { fields })).errors).toEqual(fields);
  });

  it.each([
    [new NotFoundException('Cannot GET /x'), 'LUM_ROUTE_NOT_FOUND'],
    [new HttpException('bad', 400), 'LUM_BAD_REQUEST'],
    [new HttpException('teapot', 418), 'LUM_INTERNAL'],
    [Object.assign(new Error('too large'), { statusCode: 413 }), 'LUM_BODY_TOO_LARGE'],
    [Object.assign(new Error('what type?'), { statusCode: 415 }), 'LUM_UNSUPPORTED_MEDIA_TYPE'],
    [{ statusCode: 422 }, 'LUM_VALIDATION_FAILED'],
    [{ statusCode: '413' }, 'LUM_INTERNAL'],
    [new TypeError('x is not a function'), 'LUM_INTERNAL'],
    [undefined, 'LUM_INTERNAL'],
    [null, 'LUM_INTERNAL'],
    ['text', 'LUM_INTERNAL'],
  ])('makes %p into %s', (thrown, code) => {
    expect(luminaErrorOf(thrown).code).toBe(code);
  });

  it('says nothing of what went wrong inside, and logs it', () => {
    const { body, logged } = sent(new TypeError('secret path /root/.ssh'));
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(logged).toMatchObject([{ code: 'LUM_INTERNAL' }]);
  });

  it('says when to come again, in whole seconds', () => {
    const error = new LuminaError('LUM_STORE_UNAVAILABLE', 'away', { retryAfterMs: 1_200 });
    expect(sent(error).headers).toEqual({ 'retry-after': 2 });
  });

  it.each(['/threads/x', '/runs/x', '/threads', '/runs?x=1', '/assistants/x'])(
    'answers what does not exist at %s as LangGraph clients expect it, in plain text',
    (url) => {
      const { status, type, body } = sent(new LuminaError('LUM_THREAD_NOT_FOUND', 'Thread not found'), {
        url,
      });
      expect({ status, type, body }).toEqual({
        ...{ status: 404, type: 'text/plain; charset=utf-8', body: 'Thread not found' },
      });
    },
  );

  it.each([
    ['/chat', 'LUM_AGENT_NOT_FOUND'],
    ['/threadsafe', 'LUM_THREAD_NOT_FOUND'],
    ['/threads/x/nope', 'LUM_ROUTE_NOT_FOUND'],
  ] as const)('answers what does not exist at %s (%s) as a problem', (url, code) => {
    expect(sent(new LuminaError(code, 'none'), { url }).body).toMatchObject({ code });
  });

  it('only ends a reply that has begun', () => {
    const { ends, status } = sent(new Error('too late'), { headersSent: true });
    expect({ ends, status }).toEqual({ ends: 1, status: 0 });
  });
});
