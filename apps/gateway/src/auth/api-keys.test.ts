import { describe, expect, it } from '@jest/globals';
import { SettingsError } from '@lumina/platform';
import { ApiKeys } from './api-keys';

describe('ApiKeys', () => {
  it('knows each key by its tenant and its scopes', () => {
    const keys = new ApiKeys(
      'first-key:acme, second-key:rival:runs:read ,third-key:acme:runs:read+runs:write',
    );
    const all = new Set(['runs:read', 'runs:write', 'approve', 'budgets', 'admin']);
    expect(keys.find('first-key')).toMatchObject({ tenant: 'acme', scopes: all });
    expect(keys.find('second-key')).toMatchObject({ tenant: 'rival', scopes: new Set(['runs:read']) });
    expect(keys.find('third-key')?.scopes).toEqual(new Set(['runs:read', 'runs:write']));
  });

  it('names a key by a part of its digest, which does not tell the key', () => {
    const keys = new ApiKeys('first-key:acme,second-key:acme');
    expect(keys.find('first-key')?.name).toMatch(/^key:[0-9a-f]{12}$/);
    expect(keys.find('first-key')?.name).not.toBe(keys.find('second-key')?.name);
  });

  it.each(['', 'first-kez', 'first-key ', 'first-key:acme', 'acme', '__proto__'])(
    'does not know %j',
    (key) => {
      expect(new ApiKeys('first-key:acme').find(key)).toBeUndefined();
    },
  );

  it.each([undefined, '', ' , '])('knows nobody when it is given %j', (entries) => {
    expect(new ApiKeys(entries).find('')).toBeUndefined();
  });

  it.each([
    ['a short key', 'short:acme'],
    ['no tenant', 'long-enough'],
    ['an empty tenant', 'long-enough:'],
    ['a tenant with odd characters', 'long-enough:ac/me'],
    ['an unknown scope', 'long-enough:acme:runs:read+root'],
    ['an empty scope among others', 'long-enough:acme:runs:read+'],
  ])('refuses %s, naming its place and never the key', (_what, entry) => {
    expect(() => new ApiKeys(`fine-key:acme,${entry}`)).toThrow(SettingsError);
    expect(() => new ApiKeys(`fine-key:acme,${entry}`)).toThrow(/LUMINA_API_KEYS.*at place 2/s);
    const told = (): string => {
      try {
        new ApiKeys(`fine-key:acme,${entry}`);
        return '';
      } catch (error) {
        return String(error);
      }
    };
    expect(told()).not.toMatch(/long-enough|short:|fine-key/);
  });
});
