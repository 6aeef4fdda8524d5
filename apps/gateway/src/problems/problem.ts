import { randomUUID } from 'node:crypto';
import { type ErrorCode, LuminaError } from '@lumina/contracts';
import { HttpException } from '@nestjs/common';

/** RFC 9457, with the code for programs and the fields that were wrong. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly instance: string;
  readonly errors?: readonly { readonly field: string; readonly expected: string }[];
}

const titles: Readonly<Partial<Record<ErrorCode, string>>> = {
  LUM_BAD_REQUEST: 'The request could not be read',
  LUM_UNAUTHENTICATED: 'Not authenticated',
  LUM_FORBIDDEN: 'Not allowed',
  LUM_VALIDATION_FAILED: 'The request does not fit',
  LUM_BODY_TOO_LARGE: 'The request body is too large',
  LUM_ROUTE_NOT_FOUND: 'No such route',
  LUM_THREAD_NOT_FOUND: 'No such thread',
  LUM_RUN_NOT_FOUND: 'No such run',
  LUM_AGENT_NOT_FOUND: 'No such agent',
  LUM_TOOL_NOT_FOUND: 'No such tool',
  LUM_RATE_LIMITED: 'Too many requests',
  LUM_STREAM_LIMIT: 'Too many streams',
  LUM_THREAD_BUSY: 'The thread is busy',
  LUM_BUDGET_EXHAUSTED: 'The budget is spent',
  LUM_BUDGET_NEEDED: 'The run waits for budget',
  LUM_STORE_UNAVAILABLE: 'The run store does not answer',
  LUM_NOT_DURABLE: 'The write could not be made durable',
};

export function problemOf(error: LuminaError): Problem {
  const { code, status, message, fields } = error;
  return {
    type: `urn:lumina:error:${code}`,
    title: titles[code] ?? 'The request could not be served',
    status,
    detail: message,
    code,
    instance: `urn:uuid:${randomUUID()}`,
    ...(fields.length === 0 ? {} : { errors: fields }),
  };
}

const codeOfStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'LUM_BAD_REQUEST',
  401: 'LUM_UNAUTHENTICATED',
  403: 'LUM_FORBIDDEN',
  404: 'LUM_ROUTE_NOT_FOUND',
  405: 'LUM_ROUTE_NOT_FOUND',
  413: 'LUM_BODY_TOO_LARGE',
  414: 'LUM_BAD_REQUEST',
  415: 'LUM_UNSUPPORTED_MEDIA_TYPE',
  422: 'LUM_VALIDATION_FAILED',
};

/** Whatever was thrown, as one of our errors. What we do not know is internal, and says nothing of itself. */
export function luminaErrorOf(thrown: unknown): LuminaError {
  if (thrown instanceof LuminaError) return thrown;
  const status = thrown instanceof HttpException ? thrown.getStatus() : statusOf(thrown);
  const code = codeOfStatus[status];
  if (code === undefined)
    return new LuminaError('LUM_INTERNAL', 'Something went wrong here.', { cause: thrown });
  const message = thrown instanceof Error ? messageOf(thrown) : 'The request could not be served.';
  return new LuminaError(code, message, { cause: thrown });
}

/** Of a name that would reach into prototypes, Fastify says that it is no JSON. */
function messageOf(thrown: Error): string {
  const isNoJson = thrown.message.startsWith('Body is not valid JSON');
  return isNoJson ? `${thrown.message}, or has a field __proto__ or constructor.prototype.` : thrown.message;
}

/** Fastify's own errors (a body too large, JSON that is none) carry their status. */
function statusOf(thrown: unknown): number {
  const status = (thrown as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : 500;
}
