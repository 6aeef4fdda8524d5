/** However long a provider asks us to wait, a run waits no longer than this before it tries again. */
export const longestRetryAfterMs = 20_000;

const firstDelayMs = 250;
const longestDelayMs = 8_000;

type Headers = Readonly<Record<string, string | string[] | undefined>>;

const headerOf = (headers: Headers, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
};

const nonNegative = (value: number): number | undefined =>
  Number.isFinite(value) ? Math.max(0, value) : undefined;

/** The wait a response asks for: `retry-after-ms`, or `retry-after` in seconds or as a date; undefined when it names none. */
export function retryAfterMs(headers: Headers, epochMs: number): number | undefined {
  const exact = headerOf(headers, 'retry-after-ms')?.trim();
  if (exact !== undefined && /^\d+(\.\d+)?$/.test(exact)) return nonNegative(Number(exact));
  const given = headerOf(headers, 'retry-after')?.trim();
  if (given === undefined || given === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(given)) return nonNegative(Number(given) * 1_000);
  return /[a-z]{3}/i.test(given) ? nonNegative(Date.parse(given) - epochMs) : undefined;
}

/**
 * How long to wait before the next attempt: full jitter over a doubling ceiling, or what the provider asked for plus
 * up to a first delay of jitter, so that clients it turned away together do not come back together.
 *
 * @param attempt the one that failed, from 1
 * @param random uniform in [0, 1)
 */
export function retryDelayMs(attempt: number, askedMs: number | undefined, random: () => number): number {
  if (askedMs !== undefined) return Math.min(askedMs, longestRetryAfterMs) + random() * firstDelayMs;
  return random() * Math.min(longestDelayMs, firstDelayMs * 2 ** attempt);
}
