import { describe, expect, it } from '@jest/globals';
import type { ExchangeEnd } from '../http/exchange';
import { breakFailure } from './breaks';

const limits = { firstTokenTimeoutMs: 1, idleTimeoutMs: 2, callTimeoutMs: 3, maxBytes: 4 };
const identity = { provider: 'openai', host: 'h', urlVariable: 'OPENAI_BASE_URL' };
const failureOf = (end: Exclude<ExchangeEnd, { kind: 'ended' }>) =>
  breakFailure(end, { identity, model: 'm', limits });
const refusing = (cause: unknown) => failureOf({ kind: 'broken', hasBegun: false, cause });

describe('a connection that fails', () => {
  it.each([
    ['of one address', { code: 'ECONNREFUSED' }, 'ECONNREFUSED'],
    ['of several addresses', { errors: [{ code: 'ENETUNREACH' }, { code: 'x' }] }, 'ENETUNREACH'],
    ['with its cause inside', { errors: [], cause: { code: 'EPIPE' } }, 'EPIPE'],
    ['with a name only', { name: 'TypeError' }, 'TypeError'],
    ['with nothing', {}, 'unknown'],
  ])('%s names the reason and may be tried again', (_, cause, reason) => {
    const failure = refusing(cause);
    expect(failure.message).toContain(`openai/m at h could not be reached (${reason})`);
    expect(failure).toMatchObject({ code: 'LUM_MODEL_UNAVAILABLE', remedy: 'retry', cause });
  });

  it.each(['UND_ERR_INVALID_ARG', 'ERR_INVALID_CHAR'])('for %s keeps the cause to itself', (code) => {
    const failure = refusing({ code, message: 'invalid authorization header: sk-secret' });
    expect(failure).toMatchObject({ code: 'LUM_MODEL_REJECTED', remedy: 'next-model' });
    expect(JSON.stringify(failure)).not.toContain('sk-secret');
  });

  it.each([
    'CERT_HAS_EXPIRED',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ])('for %s is not tried again', (code) => {
    expect(refusing({ code })).toMatchObject({ code: 'LUM_MODEL_REJECTED', remedy: 'next-model' });
  });
});

describe('an answer that is stopped', () => {
  it.each([
    ['first-token-timeout', 'retry', 'within 1 ms'],
    ['idle-timeout', 'retry', 'for 2 ms'],
    ['call-timeout', 'next-model', 'within 3 ms'],
    ['too-large', 'next-model', 'more than 4 bytes'],
  ] as const)('by %s', (reason, remedy, words) => {
    const failure = failureOf({ kind: 'stopped', reason });
    expect(failure).toMatchObject({ code: 'LUM_MODEL_UNAVAILABLE', remedy });
    expect(failure.message).toContain(words);
  });

  it.each(['aborted', 'closing-timeout'] as const)('by %s is no failure', (reason) => {
    expect(() => failureOf({ kind: 'stopped', reason })).toThrow('not a failure');
  });
});
