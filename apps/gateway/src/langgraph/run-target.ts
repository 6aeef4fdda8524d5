import { LuminaError } from '@lumina/contracts';
import { type ExecutionContext, createParamDecorator } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '../auth/api-keys';
import { callerOf } from '../auth/auth.guard';

/** Which run, or thread to run in, a request names, and for whom. */
export interface RunTarget {
  readonly caller: Caller;
  readonly thread: string;
  /** Empty on routes that create one. */
  readonly run: string;
  readonly idempotencyKey: string | undefined;
}

const maxKeyCharacters = 255;

export const RunTargetOf = createParamDecorator((_data: unknown, context: ExecutionContext): RunTarget => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const { thread = '', run = '' } = request.params as { thread?: string; run?: string };
  return { caller: callerOf(request), thread, run, idempotencyKey: idempotencyKeyOf(request) };
});

/** @throws LuminaError LUM_VALIDATION_FAILED for a key that is empty or too long */
export function idempotencyKeyOf({ headers }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && key !== '' && key.length <= maxKeyCharacters) return key;
  const fields = [{ field: 'Idempotency-Key', expected: `1 to ${maxKeyCharacters} characters, once` }];
  throw new LuminaError('LUM_VALIDATION_FAILED', 'The Idempotency-Key cannot be used.', { fields });
}

/** Says in the document that a route takes an Idempotency-Key, and what for. */
export const ApiIdempotencyKey = (description: string): MethodDecorator =>
  ApiHeader({ name: 'Idempotency-Key', required: false, description });

/** The request's Idempotency-Key, if it has one. */
export const IdempotencyKeyOf = createParamDecorator((_: unknown, context: ExecutionContext) =>
  idempotencyKeyOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
