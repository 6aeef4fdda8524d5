import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { inFolder } from '../data/temporary-folder';
import { answering, startFakeGateway } from '../gateway/fake-gateway';
import { describeModel, isSimulated, needsSimulatedModel, withoutPassword } from './model-choice';
import { hasOwnRedis, serviceEnvironment } from './service-environment';

const parts = {
  developmentKey: 'lum_dev_x',
  keyPepperFile: '/d/key-pepper',
  workspaceRoot: '/w',
  redis: undefined,
  simulatedUrl: undefined,
};

describe('the environment of services', () => {
  it('adds the development key to those of the caller, listed or in a file', () =>
    inFolder((folder) => {
      writeFileSync(join(folder, 'keys'), 'filed-key-1:f\n');
      const env = { LUMINA_API_KEYS: 'mine-12345:me', LUMINA_API_KEYS_FILE: 'keys', PORT: '1' };
      expect(serviceEnvironment({ env, cwd: folder }, parts)).toMatchObject({
        LUMINA_API_KEYS:
          'mine-12345:me,filed-key-1:f,lum_dev_x:dev:runs:read+runs:write+approve+admin+operator',
        LUMINA_API_KEYS_FILE: '',
        LUMINA_WORKSPACE_ROOT: '/w',
      });
      expect(serviceEnvironment({ env, cwd: folder }, parts)).not.toHaveProperty('PORT');
    }));

  it('keeps paths meant from where the caller stands', () => {
    const env = { LUMINA_CONFIG: 'a.yaml', OPENAI_API_KEY_FILE: '../key', LUMINA_MODEL: 'openai/x' };
    expect(serviceEnvironment({ env, cwd: '/here/now' }, parts)).toMatchObject({
      LUMINA_CONFIG: '/here/now/a.yaml',
      OPENAI_API_KEY_FILE: '/here/key',
      LUMINA_MODEL: 'openai/x',
    });
  });

  it('names the embedded Redis and the file with its password, not the password', () => {
    const redis = {
      configFile: '/c',
      passwordFile: '/p',
      password: 'hush',
      port: 1,
      url: 'redis://127.0.0.1:1',
    };
    const simulatedUrl = 'http://127.0.0.1:2/v1';
    const environment = serviceEnvironment({ env: {}, cwd: '/' }, { ...parts, redis, simulatedUrl });
    expect(environment).toMatchObject({
      LUMINA_REDIS_URL: 'redis://127.0.0.1:1',
      LUMINA_REDIS_PASSWORD_FILE: '/p',
      LUMINA_SIMULATED_BASE_URL: simulatedUrl,
    });
    expect(JSON.stringify(environment)).not.toContain('hush');
  });

  it('has the pepper of keys in the data folder, unless the caller has another', () => {
    const pepperOf = (env: Record<string, string>) => {
      const { LUMINA_KEY_PEPPER_FILE: file } = serviceEnvironment({ env, cwd: '/' }, parts);
      return file;
    };
    expect(pepperOf({})).toBe('/d/key-pepper');
    expect(pepperOf({ LUMINA_KEY_PEPPER: 'mine' })).toBeUndefined();
    expect(pepperOf({ LUMINA_KEY_PEPPER_FILE: '/mine' })).toBe('/mine');
  });

  it('leaves a configured Redis alone', () => {
    expect(hasOwnRedis({ LUMINA_REDIS_URL: 'redis://r' })).toBe(true);
    expect(hasOwnRedis({ LUMINA_REDIS_SENTINELS: 'a:1' })).toBe(true);
    expect(hasOwnRedis({ LUMINA_REDIS_URL: ' ' })).toBe(false);
  });
});

describe('the simulated model', () => {
  it.each([
    [{}, true],
    [{ LUMINA_MODEL: 'openai/x' }, false],
    [{ LUMINA_MODEL: 'openai/x,simulated/simulated' }, true],
    [{ OPENAI_API_KEY: 'k' }, false],
    [{ OPENAI_API_KEY_FILE: '/k' }, false],
    [{ OPENAI_BASE_URL: 'http://x' }, false],
    [{ OLLAMA_BASE_URL: 'http://x' }, false],
    [{ LUMINA_SIMULATED_BASE_URL: 'http://x' }, false],
    [{ OPENAI_API_KEY: ' ' }, true],
  ])('with %j is started: %s', (env, expected) => {
    expect(needsSimulatedModel(env)).toBe(expected);
  });
});

describe('describeModel', () => {
  it('names the chain that was asked for', async () => {
    expect(await describeModel({ LUMINA_MODEL: 'a/x, b/y' }, undefined)).toBe('a/x, then b/y');
  });

  it('asks the health service what it has found', async () => {
    const health = await startFakeGateway([
      answering(200, { checks: { llm: { detail: 'openai/glm-4.5: reachable' } } }),
    ]);
    expect(await describeModel({ OPENAI_BASE_URL: 'http://x' }, health.url)).toBe('openai/glm-4.5');
    await health.close();
  });

  it.each([
    [{ OPENAI_BASE_URL: 'http://u:secret@x/v1' }, 'openai at http://x/v1'],
    [{ OPENAI_API_KEY: 'k' }, 'openai'],
    [{ OLLAMA_BASE_URL: 'http://o:1' }, 'ollama at http://o:1'],
  ])('falls back on the settings: %j', async (env, expected) => {
    expect(await describeModel(env, 'http://127.0.0.1:1')).toBe(expected);
  });

  it('never shows a password, and knows a simulation', () => {
    expect(withoutPassword('no url')).toBe('an address that cannot be read');
    expect(isSimulated('simulated/simulated')).toBe(true);
    expect(isSimulated('openai/unsimulatedx')).toBe(false);
  });
});
