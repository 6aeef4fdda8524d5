import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Shell } from '../command-line/shell';
import { developmentScopes, developmentTenant } from '../data/dev-key';
import { repositoryRoot } from '../data/repository';
import type { EmbeddedRedis } from './embedded-redis';

export interface StackParts {
  readonly developmentKey: string;
  readonly keyPepperFile: string;
  readonly workspaceRoot: string;
  /** Undefined: one is configured. */
  readonly redis: EmbeddedRedis | undefined;
  readonly simulatedUrl: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Whoever points at a Redis or at Sentinels gets no embedded one. */
export const hasOwnRedis = (env: Environment): boolean =>
  (env['LUMINA_REDIS_URL'] ?? '').trim() !== '' || (env['LUMINA_REDIS_SENTINELS'] ?? '').trim() !== '';

const isPath = (name: string): boolean => /^(LUMINA|OPENAI|ANTHROPIC)_.*_FILE$|^LUMINA_CONFIG$/.test(name);

/** The caller's variables; paths are meant from where the caller stands, and services run elsewhere. */
function inherited({ env, cwd }: Pick<Shell, 'env' | 'cwd'>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || name === 'PORT') continue;
    kept[name] = isPath(name) && value !== '' ? resolve(cwd, value) : value;
  }
  return kept;
}

function redisVariables({ url, passwordFile }: EmbeddedRedis): Record<string, string> {
  return { LUMINA_REDIS_URL: url, LUMINA_REDIS_PASSWORD: '', LUMINA_REDIS_PASSWORD_FILE: passwordFile };
}

/** The caller's own keys: ours joins them, and the services take a list or a file, not both. */
function givenKeys({ env, cwd }: Pick<Shell, 'env' | 'cwd'>): readonly string[] {
  const file = env['LUMINA_API_KEYS_FILE'] ?? '';
  const listed = [env['LUMINA_API_KEYS'] ?? '', file === '' ? '' : readFileSync(resolve(cwd, file), 'utf8')];
  return listed.map((text) => text.trim()).filter((text) => text !== '');
}

const hasPepper = (env: Environment): boolean =>
  ['LUMINA_KEY_PEPPER', 'LUMINA_KEY_PEPPER_FILE'].some((name) => (env[name] ?? '').trim() !== '');

/** What every service of the stack is started with, its port aside. */
export function serviceEnvironment(
  shell: Pick<Shell, 'env' | 'cwd'>,
  parts: StackParts,
): Readonly<Record<string, string>> {
  const keys = [...givenKeys(shell), `${parts.developmentKey}:${developmentTenant}:${developmentScopes}`];
  return {
    NODE_COMPILE_CACHE: join(repositoryRoot, '.cache', 'node'),
    ...inherited(shell),
    LUMINA_API_KEYS: keys.join(','),
    LUMINA_API_KEYS_FILE: '',
    ...(hasPepper(shell.env) ? {} : { LUMINA_KEY_PEPPER_FILE: parts.keyPepperFile }),
    LUMINA_WORKSPACE_ROOT: parts.workspaceRoot,
    ...(parts.redis && redisVariables(parts.redis)),
    ...(parts.simulatedUrl !== undefined && { LUMINA_SIMULATED_BASE_URL: parts.simulatedUrl }),
  };
}
