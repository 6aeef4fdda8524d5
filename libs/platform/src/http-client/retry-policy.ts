const baseDelayMs = 250;
const maxDelayMs = 4_000;
/** Whoever asks us to wait for longer is not asked again: the caller can do better than wait. */
const maxRetryAfterMs = 10_000;

/** Failures of a connection, before or after the request was sent. */
const passingFaults = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ETIMEOUT',
  'ESERVFAIL',
]);

export const isPassingStatus = (status: number): boolean =>
  status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505);

export const isPassingFault = (code: string | undefined): boolean =>
  code !== undefined && passingFaults.has(code);

/** `Retry-After` in either of its forms → milliseconds from now; undefined when it says nothing that can be understood. */
export function retryAfterMs(header: unknown, nowMs: number): number | undefined {
  if (typeof header !== 'string') return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const at = /^[A-Z][a-z]{2}, /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

/**
 * How long to wait before attempt `attempt` + 1: what the other side asked for, else full jitter over a doubling ceiling.
 * Undefined: do not try again.
 *
 * @param attempt the one that failed, from 1
 * @param random from 0 to below 1
 */
export function retryDelayMs(
  attempt: number,
  askedMs: number | undefined,
  random: number,
): number | undefined {
  const ceilingMs = Math.min(maxDelayMs, baseDelayMs * 2 ** (attempt - 1));
  const jitterMs = random * ceilingMs;
  if (askedMs === undefined) return jitterMs;
  return askedMs > maxRetryAfterMs ? undefined : askedMs + jitterMs;
}
