import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { inFolder } from '../data/temporary-folder';
import { changedSettings, digestOf, settingsOf } from './settings-digest';

const caller = (env: Record<string, string>) => ({ env, cwd: '/' });
const changes = (before: Record<string, string>, now: Record<string, string>, isExplicit: boolean) =>
  changedSettings(digestOf(settingsOf(caller(before))), settingsOf(caller(now)), { isExplicit });

describe('settings of a running stack', () => {
  it('are remembered without their values', () => {
    const digest = digestOf(settingsOf(caller({ OPENAI_API_KEY: 'sk-secret' })));
    expect(JSON.stringify(digest)).not.toContain('sk-secret');
    const again = digestOf(settingsOf(caller({ OPENAI_API_KEY: 'sk-secret' })));
    expect(again.digests['OPENAI_API_KEY']).not.toBe(digest.digests['OPENAI_API_KEY']);
  });

  it('are the same for the same caller, whatever else is in the environment', () => {
    const env = { OPENAI_API_KEY: 'k', LUMINA_MODEL: 'openai/x' };
    expect(changes(env, { ...env, HOME: '/h', LUMINA_DATA: '/d', LUMINA_LEASE: ' ' }, false)).toEqual([]);
  });

  it('are changed by a value, an addition and a removal, when a run had started the stack', () => {
    const before = { OPENAI_API_KEY: 'k', LUMINA_MODEL: 'openai/x' };
    const now = { LUMINA_MODEL: 'openai/y', OLLAMA_BASE_URL: 'http://o' };
    expect(changes(before, now, false)).toEqual(['LUMINA_MODEL', 'OLLAMA_BASE_URL', 'OPENAI_API_KEY']);
  });

  it('are not changed by leaving one out, when the stack was started by hand', () => {
    const before = { OPENAI_API_KEY: 'k' };
    expect(changes(before, {}, true)).toEqual([]);
    expect(changes(before, { OPENAI_API_KEY: 'other' }, true)).toEqual(['OPENAI_API_KEY']);
  });

  it('are changed by the content of the configuration file', () =>
    inFolder((folder) => {
      const path = join(folder, 'my.yaml');
      writeFileSync(path, 'a: 1');
      const env = { env: { LUMINA_CONFIG: 'my.yaml' }, cwd: folder };
      const before = digestOf(settingsOf(env));
      writeFileSync(path, 'a: 2');
      expect(changedSettings(before, settingsOf(env), { isExplicit: true })).toEqual([
        'the configuration file',
      ]);
    }));
});
