import type { HttpFailure, HttpFailureReason } from '@lumina/platform';
import { type ToolErrorType, type ToolFailure, failure } from '../tool';
import type { Reading } from './page-reader';

const types: Readonly<Record<HttpFailureReason, ToolErrorType>> = {
  bad_url: 'bad_arguments',
  refused_address: 'access_denied',
  dns: 'not_found',
  connect: 'unavailable',
  tls: 'unavailable',
  timeout: 'timeout',
  aborted: 'cancelled',
  too_large: 'too_large',
  too_many_redirects: 'unavailable',
  bad_redirect: 'unavailable',
  bad_response: 'unavailable',
};

/** A call that got no response, as the model is told. */
export const callFailure = ({ reason, message }: HttpFailure): ToolFailure => failure(types[reason], message);

/** A response that is an error, as the model is told. */
export function statusFailure(host: string, status: number): ToolFailure {
  if (status === 404 || status === 410)
    return failure('not_found', `${host} has no such page (${status}); check the URL or search for it`);
  if (status === 401 || status === 403)
    return failure('access_denied', `${host} does not let us read this (${status}); use another source`);
  const advice = status === 429 || status >= 500 ? 'try later or use another source' : 'use another source';
  return failure('unavailable', `${host} answered ${status}; ${advice}`);
}

/** A page that could not be read, as the model is told. */
export function readingFailure({ reason }: Extract<Reading<unknown>, { kind: 'failed' }>): ToolFailure {
  if (reason === 'cancelled') return failure('cancelled', 'the page was not read: the call was cancelled');
  if (reason === 'broken')
    return failure('unavailable', 'the page could not be made sense of; use another source');
  return failure('too_large', 'the page takes too much time or memory to read; use another source');
}
