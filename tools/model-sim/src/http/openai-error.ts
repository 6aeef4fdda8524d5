/** An error in OpenAI's form, with the HTTP status that it travels with. */
export interface OpenAiError {
  readonly status: number;
  readonly message: string;
  readonly code: string;
  readonly param: string | null;
}

const typesByStatus: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  408: 'timeout_error',
  429: 'rate_limit_error',
};

const codesByStatus: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  401: 'invalid_api_key',
  403: 'permission_denied',
  404: 'not_found',
  408: 'request_timeout',
  429: 'rate_limit_exceeded',
  503: 'service_unavailable',
};

const typeOf = (status: number): string =>
  typesByStatus[status] ?? (status >= 500 ? 'server_error' : 'invalid_request_error');

export const errorCodeOf = (status: number): string =>
  codesByStatus[status] ?? (status >= 500 ? 'server_error' : 'invalid_request');

export const errorJson = (error: OpenAiError): string =>
  JSON.stringify({
    error: { message: error.message, type: typeOf(error.status), code: error.code, param: error.param },
  });
