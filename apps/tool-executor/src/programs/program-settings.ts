import { ConfigurationError } from '@lumina/platform';
import { defaultLimits } from '@lumina/sandbox';
import type { ExecutorSettings } from '../settings';
import { withoutPolicy } from '../tools/shell/shell-command';
import type { SandboxedToolsOptions } from './sandboxed-tools';

type ProgramSettings = Pick<
  ExecutorSettings,
  'LUMINA_SANDBOX' | 'LUMINA_SANDBOX_MEMORY' | 'LUMINA_SHELL_PROGRAMS' | 'LUMINA_SHELL_SCRIPTS'
>;

/** More than a model is shown at once: what is left over is kept in the workspace. */
const keptOutputBytes = 1024 ** 2;

/** @throws ConfigurationError for programs that have no policy: allowing one unseen would allow everything that it can do */
export function sandboxedToolsOptions(
  settings: ProgramSettings,
  given: Pick<SandboxedToolsOptions, 'onRefusal' | 'egress' | 'isEgressGranted'>,
): SandboxedToolsOptions {
  const programs = settings.LUMINA_SHELL_PROGRAMS;
  const unknown = withoutPolicy(programs);
  if (unknown.length > 0)
    throw new ConfigurationError(
      `LUMINA_SHELL_PROGRAMS: there is no policy for ${unknown.join(', ')}; a program needs one in apps/tool-executor/src/tools/shell/policies`,
    );
  return {
    choice: settings.LUMINA_SANDBOX,
    limits: { ...defaultLimits, memoryBytes: settings.LUMINA_SANDBOX_MEMORY, keptOutputBytes },
    rules: { programs, grants: { scripts: settings.LUMINA_SHELL_SCRIPTS } },
    ...given,
  };
}
