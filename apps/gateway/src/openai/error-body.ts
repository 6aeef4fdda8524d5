import type { LuminaError } from '@lumina/contracts';

/** An error as OpenAI's API has it; the code is ours. */
export interface ErrorBody {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string;
}

const types: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'insufficient_quota',
  403: 'permission_error',
  429: 'rate_limit_error',
};

/** Bodies that do not fit are 400 here, and not 422. */
export const openAiStatus = ({ status }: LuminaError): number => (status === 422 ? 400 : status);

export function errorBody(error: LuminaError): ErrorBody {
  const status = openAiStatus(error);
  const fallback = status >= 500 ? 'server_error' : 'invalid_request_error';
  const { message, code, fields } = error;
  return { message, type: types[status] ?? fallback, param: fields[0]?.field ?? null, code };
}

/** What official clients look at before they try again. */
export function retryHeaders({ isRetryable, retryAfterMs }: LuminaError): Readonly<Record<string, string>> {
  return {
    'x-should-retry': String(isRetryable),
    ...(retryAfterMs === undefined ? {} : { 'retry-after-ms': String(retryAfterMs) }),
  };
}
