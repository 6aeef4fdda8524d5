import {
  type Settings,
  bytes,
  defineSettings,
  duration,
  httpSettings,
  integer,
  list,
  redisSettings,
  secret,
  serviceSettings,
  traceSettings,
} from '@lumina/platform';
import { storeSettings } from '@lumina/store';

export const gatewaySettings = defineSettings({
  ...serviceSettings,
  ...redisSettings,
  ...storeSettings,
  ...httpSettings,
  ...traceSettings,
  PORT: integer({ min: 0, max: 65_535, default: '8080', description: 'Port to listen on; 0: any free one.' }),
  LUMINA_API_KEYS: secret({
    description:
      'Static API keys for development and tests, commas between: key:tenant, or key:tenant:scope+scope. ' +
      'Scopes: runs:read, runs:write, approve, budgets, admin, operator. Without scopes a key has all of them but operator.',
  }),
  LUMINA_KEY_PEPPER: secret({
    description:
      'What API keys are digested with before they are kept; the same at every gateway. Another one makes all issued keys ' +
      'unknown. Unset: no keys are issued.',
  }),
  LUMINA_KEY_MEMORY: duration({
    minMs: 0,
    default: '10s',
    description:
      'How long a gateway remembers an issued key; a key that was revoked elsewhere is open to it that long.',
  }),
  LUMINA_MAX_BODY: bytes({
    min: 1_024,
    max: 64 * 1_048_576,
    default: '1MiB',
    description: 'Largest request body that is read.',
  }),
  LUMINA_HEADER_TIMEOUT: duration({
    minMs: 100,
    default: '10s',
    description: 'Within this the headers of a request must have come; a slower client is let go.',
  }),
  LUMINA_REQUEST_TIMEOUT: duration({
    minMs: 100,
    default: '30s',
    description: 'Within this a whole request must have come, its body included.',
  }),
  LUMINA_ANSWER_TIMEOUT: duration({
    minMs: 100,
    default: '60s',
    description:
      'Within this a client must take something of what is written to it, answer or stream. Otherwise it is let go.',
  }),
  LUMINA_MAX_CONNECTIONS: integer({
    min: 0,
    max: 1_000_000,
    default: '20000',
    description: 'How many connections one gateway holds; more are closed at once. 0: any number.',
  }),
  LUMINA_MAX_CONNECTIONS_PER_ADDRESS: integer({
    min: 0,
    max: 1_000_000,
    default: '0',
    description:
      'How many of them one address may have. 0: any number. Behind a load balancer all have its address: leave it 0 there.',
  }),
  LUMINA_CORS_ORIGINS: list({
    pattern: /^(\*|https?:\/\/[^/\s]+)$/,
    expected: 'origins such as https://app.example.com, commas between, or *',
    description:
      'Origins whose pages may call the gateway from a browser, commas between; * for any. Unset: none.',
  }),
  LUMINA_TENANT_MAX_RUNS: integer({
    min: 0,
    max: 1_000_000,
    default: '0',
    description: 'How many runs one tenant may have under way; more wait in line. 0: any number.',
  }),
  LUMINA_WEBHOOK_SECRET: secret({
    description:
      "What the tenants' webhook secrets are derived from; the same at every gateway. " +
      'Unset: made once and kept in the store. Another one changes the secret of every tenant.',
  }),
  LUMINA_WEBHOOK_PAUSE: duration({
    minMs: 10,
    default: '5s',
    description:
      'Before a webhook that did not take a call is called again; each further pause is four times as long.',
  }),
  LUMINA_HEARTBEAT: duration({
    minMs: 100,
    default: '5s',
    description: 'How often a silent stream says that it is alive.',
  }),
});

export type GatewaySettings = Settings<typeof gatewaySettings>;
