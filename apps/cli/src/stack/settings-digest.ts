import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Shell } from '../command-line/shell';
import { builtPrograms, repositoryRoot } from '../data/repository';

/** What a stack was started with, without the values: a salted HMAC for each setting's name. */
export interface SettingsDigest {
  readonly salt: string;
  readonly digests: Readonly<Record<string, string>>;
}

const isSetting = /^(LUMINA|OPENAI|ANTHROPIC|OLLAMA|OTEL)_[A-Z0-9_]+$/;
/** These say where the command finds a stack, not how the stack behaves. */
const isOfTheCommand: ReadonlySet<string> = new Set(['LUMINA_DATA']);

/** Settings that are no variables: the content of the configuration file, and the build that would be started. */
const configurationFile = 'the configuration file';
const build = 'the program';

function fingerprint(read: () => string): string {
  try {
    return read();
  } catch {
    return 'none';
  }
}

/** Every setting that services would see from this caller, by name. */
export function settingsOf({ env, cwd }: Pick<Shell, 'env' | 'cwd'>): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  for (const [name, value = ''] of Object.entries(env))
    if (isSetting.test(name) && !isOfTheCommand.has(name) && value.trim() !== '') settings.set(name, value);
  const configuration = settings.get('LUMINA_CONFIG');
  const path =
    configuration === undefined ? join(repositoryRoot, 'lumina.yaml') : resolve(cwd, configuration);
  settings.set(
    configurationFile,
    fingerprint(() => readFileSync(path, 'utf8')),
  );
  settings.set(
    build,
    fingerprint(() => String(statSync(join(builtPrograms, '.built')).mtimeMs)),
  );
  return settings;
}

const digest = (salt: string, name: string, value: string): string =>
  createHmac('sha256', salt).update(`${name}\0${value}`).digest('base64url');

export function digestOf(
  settings: ReadonlyMap<string, string>,
  salt = randomBytes(16).toString('base64url'),
): SettingsDigest {
  return {
    salt,
    digests: Object.fromEntries([...settings].map(([name, value]) => [name, digest(salt, name, value)])),
  };
}

/**
 * Names of the settings in which the caller differs from the running stack. To a stack that was started by hand only what the
 * caller has set counts: from another terminal, leaving a variable out is no wish. A new build is one neither.
 */
export function changedSettings(
  running: SettingsDigest,
  wanted: ReadonlyMap<string, string>,
  { isExplicit }: { readonly isExplicit: boolean },
): readonly string[] {
  const now = digestOf(wanted, running.salt).digests;
  const names = new Set([...Object.keys(now), ...(isExplicit ? [] : Object.keys(running.digests))]);
  if (isExplicit) names.delete(build);
  return [...names].filter((name) => now[name] !== running.digests[name]).sort();
}
