import type { LuminaError } from '@lumina/contracts';
import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PinoLogger } from 'nestjs-pino';
import { measureRefusal } from '../metrics';
import { errorBody, openAiStatus, retryHeaders } from '../openai/error-body';
import { luminaErrorOf, problemOf } from './problem';

/** Clients of the LangGraph API expect what does not exist as plain text. */
const langGraphPath = /^\/(threads|runs|assistants|store)(\/|\?|$)/;

const openAiPath = '/v1/';

@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(PinoLogger) private readonly logger: PinoLogger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const error = luminaErrorOf(thrown);
    measureRefusal(error.code);
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    if (error.status >= 500) this.logger.error({ event: 'request failed', code: error.code, err: error });
    if (reply.raw.headersSent) {
      reply.raw.end();
      return;
    }
    if (error.retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(error.retryAfterMs / 1_000));
    // What is paid for is gone: the same request, sent again at once, only meets the same refusal.
    if (error.status === 402) reply.header('x-should-retry', 'false');
    answerWith(error, request, reply);
  }
}

/** Answers in the form of the API that was asked. */
export function answerWith(error: LuminaError, request: FastifyRequest, reply: FastifyReply): void {
  if (request.url.startsWith(openAiPath)) {
    void reply
      .status(openAiStatus(error))
      .headers(retryHeaders(error))
      .send({ error: errorBody(error) });
    return;
  }
  const isPlain =
    error.status === 404 && error.code !== 'LUM_ROUTE_NOT_FOUND' && langGraphPath.test(request.url);
  if (isPlain) void reply.status(404).type('text/plain; charset=utf-8').send(error.message);
  else void reply.status(error.status).type('application/problem+json; charset=utf-8').send(problemOf(error));
}
