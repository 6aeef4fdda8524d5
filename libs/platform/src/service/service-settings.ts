import { defineSettings, duration, integer, oneOf, text } from '../config';
import { crashSettings } from './crash-point';
import { logLevels } from '../logs/log-options';

/** What every service reads. */
export const serviceSettings = defineSettings({
  ...crashSettings,
  LUMINA_HOST: text({ default: '127.0.0.1', description: 'Address to listen on; 0.0.0.0 in a container.' }),
  PORT: integer({ min: 0, max: 65_535, default: '0', description: 'Port to listen on; 0: any free one.' }),
  LUMINA_CONFIG: text({
    description:
      'Path of lumina.yaml: agents, models with prices, tools. Unset: the one that ships with Lumina.',
  }),
  LUMINA_LOG_LEVEL: oneOf(logLevels, { default: 'info', description: 'The least level that is logged.' }),
  LUMINA_DRAIN_TIMEOUT: duration({
    default: '20s',
    description: 'How long a service may take to finish what it holds after SIGTERM, before it lets go.',
  }),
});
