import { objectOf } from './json-value';

const statuses: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  invalid_prompt: 400,
  context_length_exceeded: 400,
  authentication_error: 401,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  insufficient_quota: 402,
  timeout_error: 504,
  overloaded_error: 529,
};

/** The word of an error inside a stream for a status: a number in it, else its kind, else "the server failed". */
export function statusOfError(error: unknown): number {
  const { code, status, type } = objectOf(error) ?? {};
  const given = [code, status].map(Number).find((value) => value >= 400 && value <= 599);
  if (given !== undefined) return given;
  for (const kind of [code, type]) {
    if (typeof kind !== 'string') continue;
    if (Object.hasOwn(statuses, kind)) return statuses[kind] ?? 500;
    if (kind.includes('rate_limit')) return 429;
  }
  return 500;
}
