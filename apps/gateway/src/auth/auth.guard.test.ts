import { describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiKeys } from './api-keys';
import { AuthGuard, NeedsScope, callerOf } from './auth.guard';

class Routes {
  @NeedsScope('runs:write')
  write(): void {}

  open(): void {}
}

const guard = new AuthGuard(
  new Reflector(),
  new ApiKeys('reader-key:acme:runs:read,writer-key:acme:runs:write'),
  { find: () => undefined },
);

function contextOf(
  handler: 'write' | 'open',
  headers: object,
): { context: ExecutionContext; request: object } {
  const request = { headers, raw: {} };
  const context = {
    getHandler: () => Routes.prototype[handler],
    getClass: () => Routes,
    switchToHttp: () => ({ getRequest: () => request }),
  };
  return { context: context as unknown as ExecutionContext, request };
}

describe('AuthGuard', () => {
  it.each([
    { 'x-api-key': 'writer-key' },
    { authorization: 'Bearer writer-key' },
    { authorization: 'bearer   writer-key' },
    { 'x-api-key': 'writer-key', authorization: 'Bearer unknown-key' },
  ])('lets in %j, and remembers whom the request speaks for', (headers) => {
    const { context, request } = contextOf('write', headers);
    expect(guard.canActivate(context)).toBe(true);
    expect(callerOf(request)).toMatchObject({ tenant: 'acme' });
  });

  it.each([
    [{}, 'LUM_UNAUTHENTICATED', /Send an API key/],
    [{ 'x-api-key': '' }, 'LUM_UNAUTHENTICATED', /Send an API key/],
    [{ 'x-api-key': ['writer-key', 'writer-key'] }, 'LUM_UNAUTHENTICATED', /Send an API key/],
    [{ authorization: 'Basic d3JpdGVyLWtleQ==' }, 'LUM_UNAUTHENTICATED', /Send an API key/],
    [{ 'x-api-key': 'unknown-key' }, 'LUM_UNAUTHENTICATED', /not known/],
    [{ authorization: 'Bearer writer-key,' }, 'LUM_UNAUTHENTICATED', /not known/],
    [{ 'x-api-key': 'reader-key' }, 'LUM_FORBIDDEN', /lacks the scope runs:write/],
  ])('refuses %j with %s', (headers, code, message) => {
    const { context, request } = contextOf('write', headers);
    expect(() => guard.canActivate(context)).toThrow(expect.objectContaining({ code }));
    expect(() => guard.canActivate(context)).toThrow(message);
    expect(() => callerOf(request)).toThrow(/needs no scope/);
  });

  it('asks nobody for a key where no scope is needed', () => {
    expect(guard.canActivate(contextOf('open', {}).context)).toBe(true);
  });
});
