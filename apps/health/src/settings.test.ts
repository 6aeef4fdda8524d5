import { SettingsError, parseSettings } from '@lumina/platform';
import { describe, expect, it } from '@jest/globals';
import { healthSettings } from './settings';

describe('the settings', () => {
  it('have the defaults that are documented', () => {
    expect(parseSettings(healthSettings, {})).toMatchObject({
      PORT: 8081,
      LUMINA_HEALTH_INTERVAL: 5_000,
      LUMINA_HEALTH_TIMEOUT: 3_000,
      LUMINA_HEALTH_MODEL_INTERVAL: 30_000,
      LUMINA_HEALTH_QUEUE_AGE: 60_000,
      LUMINA_WORKSPACE_ROOT: undefined,
    });
  });

  it('read units, and zero for models that are looked at each round', () => {
    const env = { LUMINA_HEALTH_INTERVAL: '250ms', LUMINA_HEALTH_MODEL_INTERVAL: '0' };
    expect(parseSettings(healthSettings, env)).toMatchObject({
      LUMINA_HEALTH_INTERVAL: 250,
      LUMINA_HEALTH_MODEL_INTERVAL: 0,
    });
  });

  it('refuse an interval longer than a published snapshot lives, and a relative folder', () => {
    const env = { LUMINA_HEALTH_INTERVAL: '30s', LUMINA_WORKSPACE_ROOT: 'work' };
    const attempt = (): unknown => parseSettings(healthSettings, env);
    expect(attempt).toThrow(SettingsError);
    expect(attempt).toThrow(/LUMINA_HEALTH_INTERVAL/);
    expect(attempt).toThrow(/LUMINA_WORKSPACE_ROOT/);
  });
});
