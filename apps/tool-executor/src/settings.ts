import {
  type Settings,
  bytes,
  defineSettings,
  flag,
  integer,
  list,
  oneOf,
  redisSettings,
  serviceSettings,
  text,
  traceContentSettings,
  traceSettings,
} from '@lumina/platform';
import { sandboxChoices } from '@lumina/sandbox';
import { storeSettings } from '@lumina/store';
import { webSettings } from './web/web-settings';

export const executorSettings = defineSettings({
  ...serviceSettings,
  ...redisSettings,
  ...storeSettings,
  ...webSettings,
  ...traceSettings,
  ...traceContentSettings,
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
  LUMINA_SANDBOX: oneOf(sandboxChoices, {
    default: 'auto',
    description:
      'What confines the programs of shell and run_code. auto: the strongest that withstands its self-test. When none does, these tools are not offered.',
  }),
  LUMINA_SANDBOX_MEMORY: bytes({
    min: 64 * 1024 ** 2,
    default: '512MiB',
    description: 'Memory of one sandboxed program with all its processes; beyond it the program is ended.',
  }),
  LUMINA_SHELL_PROGRAMS: list({
    pattern: /^[a-z][\w-]*$/,
    expected: 'names of programs with commas between',
    default: 'ls,cat,grep,find,git,npm,yarn,python,pytest,echo,pwd,which',
    description:
      'Programs that the tool shell may run. Only those that Lumina has a policy for can be named.',
  }),
  LUMINA_SHELL_SCRIPTS: flag({
    default: 'false',
    description:
      'Whether npm and yarn may run the scripts of the package.json in a workspace, inside the sandbox.',
  }),
  LUMINA_CALL_CONCURRENCY: integer({
    min: 1,
    max: 500,
    default: '16',
    description: 'How many tool calls one executor has under way at once.',
  }),
});

export type ExecutorSettings = Settings<typeof executorSettings>;
