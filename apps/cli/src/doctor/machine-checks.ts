import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { readFile, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { openSandbox, sandboxChoices } from '@lumina/sandbox';
import type { DataFolder } from '../data/data-folder';
import { findProgram, installCommand } from '../system-packages/ensure';
import { type Finding, ill, well } from './finding';

const run = promisify(execFile);

const wantedNodeMajor = 24;
const wantedRedisMajor = 7;
const fewBytes = 1_000_000_000;
const programTimeoutMs = 10_000;

const isRoot = process.getuid?.() === 0;

export function nodeCheck(version = process.versions.node): Finding {
  const major = Number.parseInt(version, 10);
  if (major >= wantedNodeMajor) return well('Node.js', version);
  return ill(
    'Node.js',
    `${version} is older than ${wantedNodeMajor}`,
    'start with ./lumina, which brings its own',
  );
}

interface LockedPackages {
  readonly packages?: Readonly<Record<string, { readonly version?: string; readonly optional?: boolean }>>;
}

async function lockedPackages(path: string): Promise<NonNullable<LockedPackages['packages']>> {
  return (JSON.parse(await readFile(path, 'utf8')) as LockedPackages).packages ?? {};
}

/** Compares what npm says it installed with what the lock file asks for. */
export async function packagesCheck(root: string): Promise<Finding> {
  const what = 'npm packages';
  const advice = `npm ci --prefix ${root}`;
  try {
    const wanted = await lockedPackages(join(root, 'package-lock.json'));
    const installed = await lockedPackages(join(root, 'node_modules/.package-lock.json'));
    const wrong = Object.entries(wanted).filter(([path, { version, optional = false }]) => {
      if (path === '') return false;
      const found = installed[path];
      return found === undefined ? !optional : found.version !== version;
    });
    if (wrong.length === 0) return well(what, `${Object.keys(installed).length}, as package-lock.json says`);
    return ill(
      what,
      `${wrong.length} differ from package-lock.json, for example ${wrong[0]?.[0] ?? ''}`,
      advice,
    );
  } catch (error) {
    return ill(what, `cannot be compared: ${(error as Error).message}`, advice);
  }
}

/** `program` may be an absolute path. */
export async function redisServerCheck(program = findProgram('redis-server')): Promise<Finding> {
  const what = 'redis-server';
  const advice = installCommand(['redis-server'], isRoot);
  if (program === undefined) return ill(what, 'not found', advice);
  const { stdout } = await run(program, ['--version'], { timeout: programTimeoutMs });
  const version = /v=([\d.]+)/.exec(stdout)?.[1] ?? 'unknown';
  if (Number.parseInt(version, 10) >= wantedRedisMajor) return well(what, `${version} (${program})`);
  return ill(what, `${version} is older than ${wantedRedisMajor}`, 'install Redis 7 or later');
}

/** Attacks the sandbox that an executor would use, as it does itself when it starts. */
export async function sandboxCheck(
  choice: string = process.env['LUMINA_SANDBOX'] ?? '',
  open: typeof openSandbox = openSandbox,
): Promise<Finding> {
  const what = 'sandbox';
  const wanted = sandboxChoices.find((known) => known === (choice === '' ? 'auto' : choice));
  if (wanted === undefined)
    return ill(what, `LUMINA_SANDBOX is ${choice}`, `set it to one of ${sandboxChoices.join(', ')}`);
  const { sandbox, faults } = await open(wanted);
  await sandbox?.close();
  const reasons = faults.map(({ tier, reason }) => `${tier}: ${reason}`).join('; ');
  if (sandbox !== undefined)
    return well(what, `${sandbox.tier} withstands its self-test${reasons === '' ? '' : ` (${reasons})`}`);
  const advice = `until then the tools shell and run_code are not offered. ${installCommand(['bwrap'], isRoot)}; see docs/security/sandbox.md for what else a sandbox needs`;
  return ill(what, reasons, advice);
}

const existingAbove = (path: string): string => (existsSync(path) ? path : existingAbove(dirname(path)));

export async function diskCheck(data: DataFolder): Promise<Finding> {
  const folder = existingAbove(data.root);
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  const detail = `${(freeBytes / 1e9).toFixed(1)} GB free at ${folder}`;
  if (freeBytes >= fewBytes) return well('disk', detail);
  return ill('disk', detail, 'free some space, or keep the data elsewhere with --data DIR');
}

export function dataFolderCheck(data: DataFolder): Finding {
  const folder = existingAbove(data.root);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return well('data folder', data.root);
  } catch {
    return ill('data folder', `${folder} is not writable`, 'choose another with --data DIR or LUMINA_DATA');
  }
}
