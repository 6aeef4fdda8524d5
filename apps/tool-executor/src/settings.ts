import {
  type Settings,
  defineSettings,
  integer,
  list,
  redisSettings,
  serviceSettings,
  text,
} from '@lumina/platform';
import { storeSettings } from '@lumina/store';
import { webSettings } from './web/web-settings';

export const executorSettings = defineSettings({
  ...serviceSettings,
  ...redisSettings,
  ...storeSettings,
  ...webSettings,
  LUMINA_WORKSPACE_ROOT: text({
    isRequired: true,
    pattern: /^\//,
    expected: 'an absolute path',
    description:
      'Folder under which each thread gets its workspace, named by the thread. Set by `lumina up`.',
  }),
  LUMINA_TOOL_MODULES: list({
    pattern: /^\//,
    expected: 'absolute paths with commas between',
    description: 'Modules with further tools, each exporting `tools`; for what a deployment brings along.',
  }),
  LUMINA_CALL_CONCURRENCY: integer({
    min: 1,
    max: 500,
    default: '16',
    description: 'How many tool calls one executor has under way at once.',
  }),
});

export type ExecutorSettings = Settings<typeof executorSettings>;
