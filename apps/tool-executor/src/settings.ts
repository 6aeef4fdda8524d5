import {
  type Settings,
  bytes,
  defineSettings,
  integer,
  list,
  redisSettings,
  serviceSettings,
  text,
} from '@lumina/platform';
import { storeSettings } from '@lumina/store';

export const executorSettings = defineSettings({
  ...serviceSettings,
  ...redisSettings,
  ...storeSettings,
  LUMINA_WORKSPACE_ROOT: text({
    isRequired: true,
    pattern: /^\//,
    expected: 'an absolute path',
    description:
      'Folder under which each thread gets its workspace, named by the thread. Set by `lumina up`.',
  }),
  LUMINA_WORKSPACE_MAX_BYTES: bytes({
    min: 1,
    default: '4GiB',
    description: 'How much one workspace may hold before file tools refuse to add to it.',
  }),
  LUMINA_WORKSPACE_MAX_FILES: integer({
    min: 1,
    max: 100_000_000,
    default: '200000',
    description: 'How many files and folders one workspace may hold before file tools refuse to add to them.',
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
