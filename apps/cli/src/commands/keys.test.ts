import { describe, expect, it } from '@jest/globals';
import { dispatch } from '../command-line/dispatch';
import { fakeShell } from '../command-line/fake-shell';
import { inFolder } from '../data/temporary-folder';
import { answering } from '../gateway/fake-gateway';
import { withStack } from '../stack/fake-world';

describe('lumina keys', () => {
  const line = {
    ...{ id: 'key:1', name: 'ci', tenant: 'dev', scopes: ['runs:read'], created_at: '2026-01-01T00:00:00Z' },
    ...{ expires_at: null, revoked_at: null, last_used_at: null },
  };

  it('makes one and shows it, once', () =>
    withStack([answering(201, { key: 'lum_live_x', ...line })], async ({ user, gateway }) => {
      const args = ['keys', 'create', '--name', 'ci', '--scopes', 'runs:read, runs:write', '--days', '7'];
      expect(await dispatch(args, user)).toBe(0);
      expect(gateway.seen[0]).toMatchObject({ method: 'POST', url: '/keys' });
      const sent = { name: 'ci', scopes: ['runs:read', 'runs:write'], days: 7 };
      expect(JSON.parse(gateway.seen[0]?.body ?? '')).toEqual(sent);
      expect(user.written.out).toMatch(/^lum_live_x\n\nkey:1  ci  dev  runs:read  no expiry  never used\n/);
    }));

  it('lists them, and revokes one', async () => {
    const revoked = { ...line, revoked_at: '2026-01-02T00:00:00Z', last_used_at: '2026-01-01T01:00:00Z' };
    await withStack([answering(200, [revoked])], async ({ user, gateway }) => {
      expect(await dispatch(['keys', 'list', '--tenant', 'acme'], user)).toBe(0);
      expect(gateway.seen[0]?.url).toBe('/keys?tenant=acme');
      expect(user.written.out).toContain('revoked 2026-01-02T00:00:00Z  used 2026-01-01T01:00:00Z');
    });
    await withStack([answering(200, { id: 'key:1', revoked: true })], async ({ user, gateway }) => {
      expect(await dispatch(['keys', 'revoke', 'key:1'], user)).toBe(0);
      expect(gateway.seen[0]).toMatchObject({ method: 'POST', url: '/keys/key%3A1/revoke' });
    });
  });

  it.each([
    [[], 'create, list or revoke?'],
    [['revoke'], 'which key?'],
    [['create', '--name', 'ci'], 'needs --name and --scopes'],
    [['create', '--name', 'ci', '--scopes', 'x', '--days', 'many'], '--days is a whole number'],
  ])('refuses %j as wrong usage', async (args, message) => {
    await inFolder(async (cwd) => {
      const user = fakeShell({ env: {}, cwd });
      expect(await dispatch(['keys', ...args], user)).toBe(2);
      expect(user.written.err).toContain(message);
    });
  });
});
