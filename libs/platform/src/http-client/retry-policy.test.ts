import { describe, expect, it } from '@jest/globals';
import { isPassingFault, isPassingStatus, retryAfterMs, retryDelayMs } from './retry-policy';

describe('retryDelayMs', () => {
  it('jitters fully below a ceiling that doubles up to four seconds', () => {
    expect([1, 2, 3, 5, 9].map((attempt) => retryDelayMs(attempt, undefined, 1))).toEqual([
      250, 500, 1_000, 4_000, 4_000,
    ]);
    expect(retryDelayMs(5, undefined, 0)).toBe(0);
  });

  it('waits for at least what is asked for, and gives up where that is too long', () => {
    expect(retryDelayMs(1, 3_000, 0)).toBe(3_000);
    expect(retryDelayMs(1, 3_000, 1)).toBe(3_250);
    expect(retryDelayMs(1, 10_001, 0)).toBeUndefined();
  });
});

describe('retryAfterMs', () => {
  const nowMs = Date.parse('Thu, 26 Nov 2026 12:00:00 GMT');

  it('reads seconds and dates', () => {
    expect(retryAfterMs('7', nowMs)).toBe(7_000);
    expect(retryAfterMs('Thu, 26 Nov 2026 12:00:05 GMT', nowMs)).toBe(5_000);
    expect(retryAfterMs('Thu, 26 Nov 2026 11:00:00 GMT', nowMs)).toBe(0);
  });

  it('hears nothing in anything else', () => {
    for (const header of [undefined, '', '-1', '1.5', 'soon', 'Thu, never', ['1'], 1])
      expect(retryAfterMs(header, nowMs)).toBeUndefined();
  });
});

describe('what may pass', () => {
  it('is time-outs, refusals for load, and errors of the server', () => {
    expect([408, 429, 500, 502, 503, 504].every(isPassingStatus)).toBe(true);
    expect([200, 301, 400, 401, 403, 404, 501, 505].some(isPassingStatus)).toBe(false);
  });

  it('is a broken connection, but not a certificate or a name that does not exist', () => {
    expect(['ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT'].every(isPassingFault)).toBe(true);
    expect(['CERT_HAS_EXPIRED', 'ENOTFOUND', 'LUMINA_REFUSED_ADDRESS', undefined].some(isPassingFault)).toBe(
      false,
    );
  });
});
