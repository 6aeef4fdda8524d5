import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { Refusal } from '../command-line/refusal';

const run = promisify(execFile);

/** Programs that are no npm packages, and the Debian packages that bring each. */
const packages = {
  'redis-server': ['redis-server'],
  bwrap: ['bubblewrap'],
  python3: ['python3'],
  git: ['git'],
  cc: ['gcc', 'libc6-dev'],
  promtool: ['prometheus'],
  amtool: ['prometheus-alertmanager'],
  chromium: ['chromium'],
} as const;
export type SystemProgram = keyof typeof packages;

/** Absolute path of a program, or undefined when none of the folders in `path` has it. */
export function findProgram(name: string, path = process.env['PATH'] ?? ''): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find((candidate) => {
      try {
        accessSync(candidate, constants.X_OK);
        return statSync(candidate).isFile();
      } catch {
        return false;
      }
    });
}

export interface PackageSystem {
  readonly find: (program: string) => string | undefined;
  readonly isRoot: boolean;
  readonly execute: (
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string | undefined>>,
  ) => Promise<void>;
}

const thisMachine: PackageSystem = {
  find: (program) => findProgram(program),
  isRoot: process.getuid?.() === 0,
  execute: async (command, args, env) => {
    await run(command, [...args], { env: { ...env }, maxBuffer: 16 * 1024 * 1024, timeout: 300_000 });
  },
};

// Debian starts what it installs as a system-wide service; at runlevel 1 it does not, nor does systemd when it counts as offline.
const quietly = { RUNLEVEL: '1', SYSTEMD_OFFLINE: '1', DEBIAN_FRONTEND: 'noninteractive' };

const packagesOf = (programs: readonly SystemProgram[]): readonly string[] =>
  programs.flatMap((program) => packages[program]);

export const installCommand = (programs: readonly SystemProgram[], isRoot: boolean): string => {
  const names = packagesOf(programs).join(' ');
  const variables = Object.entries(quietly).map(([name, value]) => `${name}=${value}`);
  const elevated = isRoot ? '' : 'sudo ';
  return `${elevated}apt-get update && ${elevated}${isRoot ? '' : 'env '}${variables.join(' ')} apt-get install -y --no-install-recommends ${names}`;
};

const lastLine = (error: unknown): string => {
  const { stderr, message } = error as { stderr?: unknown; message: string };
  const text = typeof stderr === 'string' && stderr.trim() !== '' ? stderr : message;
  return text.trim().split('\n').slice(-3).join('\n');
};

async function install(programs: readonly SystemProgram[], system: PackageSystem): Promise<void> {
  const names = packagesOf(programs);
  const args = ['install', '-y', '--no-install-recommends', ...names];
  const env = { ...process.env, ...quietly };
  try {
    await system.execute('apt-get', args, env);
  } catch {
    // Mostly because the lists of packages are old or not there yet.
    await system.execute('apt-get', ['update'], env);
    await system.execute('apt-get', args, env);
  }
}

/**
 * Makes sure that the programs are there: installs them as root on Debian and its like, elsewhere says what to run.
 *
 * @throws Refusal with the command that installs what is missing
 */
export async function ensureSystemPackages(
  programs: readonly SystemProgram[],
  reporter: { readonly progress: (text: string) => void },
  system: PackageSystem = thisMachine,
): Promise<void> {
  const missing = programs.filter((program) => system.find(program) === undefined);
  if (missing.length === 0) return;
  const names = missing.join(' and ');
  const command = installCommand(missing, system.isRoot);
  if (system.find('apt-get') === undefined)
    throw new Refusal(
      `${names} missing: install ${packagesOf(missing).join(' and ')} with your system's package manager (Redis 7 or later), then try again`,
    );
  if (!system.isRoot) throw new Refusal(`${names} missing. Run this, then try again:\n  ${command}`);
  reporter.progress(`installing ${packagesOf(missing).join(' and ')} (once)`);
  try {
    await install(missing, system);
  } catch (error) {
    throw new Refusal(
      `${names} could not be installed: ${lastLine(error)}\nRun this, then try again:\n  ${command}`,
    );
  }
}

/** As `ensureSystemPackages`, for what Lumina can do without: says what is missing and what that means, and goes on. */
export async function wantSystemPackages(
  programs: readonly SystemProgram[],
  reporter: { readonly progress: (text: string) => void; readonly without: string },
  system: PackageSystem = thisMachine,
): Promise<void> {
  try {
    await ensureSystemPackages(programs, reporter, system);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const [reason = '', ...more] = error.message
      .replace('Run this, then try again:', 'To have it:')
      .split('\n');
    reporter.progress([`${reason} (going on, ${reporter.without})`, ...more].join('\n'));
  }
}
