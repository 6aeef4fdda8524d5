import { modelSettings } from '@lumina/models';
import {
  type Settings,
  defineSettings,
  duration,
  integer,
  redisSettings,
  secret,
  serviceSettings,
  text,
  url,
} from '@lumina/platform';
import { storeSettings } from '@lumina/store';

export const healthSettings = defineSettings({
  ...serviceSettings,
  ...redisSettings,
  ...storeSettings,
  ...modelSettings,
  PORT: integer({ min: 0, max: 65_535, default: '8081', description: 'Port to listen on; 0: any free one.' }),
  LUMINA_WORKSPACE_ROOT: text({
    pattern: /^\//,
    expected: 'an absolute path',
    description: 'Folder of the threads’ workspaces; where it is set, the free space there is watched.',
  }),
  LUMINA_HEALTH_INTERVAL: duration({
    minMs: 100,
    maxMs: 25_000,
    default: '5s',
    description: 'From one round of health checks to the next.',
  }),
  LUMINA_HEALTH_TIMEOUT: duration({
    minMs: 10,
    maxMs: 25_000,
    default: '3s',
    description: 'How long one health check may take.',
  }),
  LUMINA_HEALTH_MODEL_INTERVAL: duration({
    minMs: 0,
    default: '30s',
    description: 'How long models that were found well count as well before they are looked at again.',
  }),
  LUMINA_HEALTH_QUEUE_AGE: duration({
    minMs: 1_000,
    default: '60s',
    description: 'How long a doorbell may wait before its queue counts as unhealthy.',
  }),
  LUMINA_SYNTHETIC_KEY: secret({
    description:
      'API key of the tenant `synthetic`, with the scope runs:write. Where it is set, the health service makes a run through the gateway ' +
      'every so often, to see that runs work; its model is asked, and paid. Unset: none is made.',
  }),
  LUMINA_SYNTHETIC_URL: url({
    default: 'http://127.0.0.1:8080',
    description: 'The gateway as clients reach it, for synthetic runs.',
  }),
  LUMINA_SYNTHETIC_AGENT: text({
    description:
      'The agent that synthetic runs ask. Unset: the default agent; one with a small model is cheaper.',
  }),
  LUMINA_SYNTHETIC_INTERVAL: duration({
    minMs: 1_000,
    default: '60s',
    description: 'From one synthetic run to the next.',
  }),
  LUMINA_SYNTHETIC_TIMEOUT: duration({
    minMs: 100,
    maxMs: 120_000,
    default: '30s',
    description: 'How long a synthetic run may take before it counts as failed.',
  }),
  KUBERNETES_SERVICE_HOST: text({
    description: 'Set by Kubernetes in every container: tells that this process runs in a cluster.',
  }),
});

export type HealthSettings = Settings<typeof healthSettings>;
