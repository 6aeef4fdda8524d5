import {
  type Settings,
  bytes,
  defineSettings,
  duration,
  integer,
  redisSettings,
  secret,
  serviceSettings,
} from '@lumina/platform';
import { storeSettings } from '@lumina/store';

export const gatewaySettings = defineSettings({
  ...serviceSettings,
  ...redisSettings,
  ...storeSettings,
  PORT: integer({ min: 0, max: 65_535, default: '8080', description: 'Port to listen on; 0: any free one.' }),
  LUMINA_API_KEYS: secret({
    description:
      'Static API keys for development and tests, commas between: key:tenant, or key:tenant:scope+scope. ' +
      'Scopes: runs:read, runs:write, approve, operate (the whole deployment, not one tenant). Without scopes a key has all but operate.',
  }),
  LUMINA_MAX_BODY: bytes({
    min: 1_024,
    max: 64 * 1_048_576,
    default: '1MiB',
    description: 'Largest request body that is read.',
  }),
  LUMINA_TENANT_MAX_RUNS: integer({
    min: 0,
    max: 1_000_000,
    default: '0',
    description: 'How many runs one tenant may have under way; more wait in line. 0: any number.',
  }),
  LUMINA_HEARTBEAT: duration({
    minMs: 100,
    default: '5s',
    description: 'How often a silent stream says that it is alive.',
  }),
});

export type GatewaySettings = Settings<typeof gatewaySettings>;
