import { modelSettings } from '@lumina/models';
import {
  type Settings,
  defineSettings,
  duration,
  flag,
  integer,
  meterSettings,
  redisSettings,
  serviceSettings,
  traceContentSettings,
  traceSettings,
} from '@lumina/platform';
import { storeSettings } from '@lumina/store';

export const orchestratorSettings = defineSettings({
  ...serviceSettings,
  ...redisSettings,
  ...storeSettings,
  ...modelSettings,
  ...traceSettings,
  ...traceContentSettings,
  ...meterSettings,
  LUMINA_STEP_CONCURRENCY: integer({
    min: 1,
    max: 20_000,
    default: '2000',
    description: 'How many steps one orchestrator has under way at once; they mostly wait for models.',
  }),
  LUMINA_RECKON_INTERVAL: duration({
    minMs: 100,
    default: '1m',
    description: 'How often reservations are looked for that nobody is left to settle.',
  }),
  LUMINA_TRACE_TO_MODELS: flag({
    default: 'false',
    description:
      'Whether requests to models carry the header traceparent, for providers of your own that trace.',
  }),
  LUMINA_SWEEP_INTERVAL: duration({
    minMs: 50,
    default: '500ms',
    description: 'How often overdue work is looked for.',
  }),
});

export type OrchestratorSettings = Settings<typeof orchestratorSettings>;
