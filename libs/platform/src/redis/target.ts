import { SettingsError, defineSettings, list, secret, text, url } from '../config';

/** Which Redis holds the state. Exactly one of URL and Sentinels; the launcher sets the URL of the embedded one. */
export const redisSettings = defineSettings({
  LUMINA_REDIS_URL: url({
    protocols: ['redis', 'rediss'],
    description: 'Redis that holds the state, for example redis://127.0.0.1:6379/0. Unset: the embedded one.',
  }),
  LUMINA_REDIS_SENTINELS: list({
    description: 'Sentinels, host:port with commas between; used instead of LUMINA_REDIS_URL.',
    pattern: /^\S+:\d{1,5}$/,
    expected: 'a comma-separated list of host:port',
  }),
  LUMINA_REDIS_MASTER: text({
    default: 'lumina',
    description: 'Name by which the Sentinels know the master.',
  }),
  LUMINA_REDIS_PASSWORD: secret({ description: 'Password of Redis, if it is not part of the URL.' }),
  LUMINA_REDIS_SENTINEL_PASSWORD: secret({
    description: 'Password of the Sentinels, where they ask for one.',
  }),
});

export type RedisTarget =
  | { readonly kind: 'url'; readonly url: string; readonly password: string | undefined }
  | {
      readonly kind: 'sentinel';
      readonly sentinels: readonly { readonly host: string; readonly port: number }[];
      readonly master: string;
      readonly password: string | undefined;
      readonly sentinelPassword: string | undefined;
    };

interface RedisSettings {
  readonly LUMINA_REDIS_URL: string | undefined;
  readonly LUMINA_REDIS_SENTINELS: readonly string[] | undefined;
  readonly LUMINA_REDIS_MASTER: string;
  readonly LUMINA_REDIS_PASSWORD: () => string | undefined;
  readonly LUMINA_REDIS_SENTINEL_PASSWORD: () => string | undefined;
}

/** @throws SettingsError when neither or both are set: a service cannot choose where the truth lives. */
export function redisTarget(settings: RedisSettings): RedisTarget {
  const { LUMINA_REDIS_URL: redisUrl, LUMINA_REDIS_SENTINELS: sentinels = [] } = settings;
  const password = settings.LUMINA_REDIS_PASSWORD();
  if ((redisUrl === undefined) === (sentinels.length === 0)) {
    const expected = 'either it or LUMINA_REDIS_SENTINELS (with LUMINA_REDIS_MASTER), and not both';
    throw new SettingsError([{ name: 'LUMINA_REDIS_URL', expected }]);
  }
  if (redisUrl !== undefined) return { kind: 'url', url: redisUrl, password };
  return {
    kind: 'sentinel',
    sentinels: sentinels.map(hostAndPort),
    master: settings.LUMINA_REDIS_MASTER,
    password,
    sentinelPassword: settings.LUMINA_REDIS_SENTINEL_PASSWORD(),
  };
}

function hostAndPort(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) };
}
