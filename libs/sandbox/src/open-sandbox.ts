import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { BubblewrapSandbox } from './bubblewrap/bubblewrap-sandbox';
import { programFolders } from './environment';
import { LandlockSandbox } from './landlock/landlock-sandbox';
import { ProcessTable } from './process/process-table';
import { strayDescriptors } from './process/stray-descriptors';
import { type Sandbox, type SandboxTier, sandboxTiers } from './sandbox';
import { type Architecture, architectures } from './seccomp/syscall-numbers';
import { selfTest } from './self-test/self-test';

/** `auto`: the strongest that holds. There is no `none`: without a sandbox nothing is run. */
export const sandboxChoices = ['auto', ...sandboxTiers] as const;
export type SandboxChoice = (typeof sandboxChoices)[number];

export interface OpenSandbox extends Sandbox {
  close(): Promise<void>;
}

/** Why a tier cannot be used, for an operator. */
export interface TierFault {
  readonly tier: SandboxTier;
  readonly reason: string;
}

export interface SandboxSearch {
  /** Undefined when no tier holds. */
  readonly sandbox: OpenSandbox | undefined;
  /** Of the tiers that were tried before it. */
  readonly faults: readonly TierFault[];
}

/** Debian packages of the programs that tiers need. */
const packages = {
  bwrap: 'bubblewrap',
  prlimit: 'util-linux',

  perl: 'perl-base',
} as const;
type Program = keyof typeof packages;

/** Thrown inside this file only: a tier lacks something that can be installed. */
class MissingError extends Error {}

/** Absolute path of a program in the folders that sandboxes know. */
export function programPath(name: string): string | undefined {
  return programFolders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function needed(name: Program): string {
  const path = programPath(name);
  if (path !== undefined) return path;
  throw new MissingError(`${name} is not installed (apt-get install ${packages[name]})`);
}

function thisArchitecture(): Architecture {
  const found = architectures.find((architecture) => architecture === process.arch);
  if (process.platform === 'linux' && found !== undefined) return found;
  throw new MissingError(`there is no sandbox for ${process.platform} on ${process.arch}`);
}

/** Where the build puts the launcher, seen from the sources and from what is compiled. */
const launcherPlaces = ['../launcher/lumina-landlock', '../../../dist/libs/sandbox/launcher/lumina-landlock'];

const findLauncher = (): string | undefined =>
  launcherPlaces.map((place) => join(__dirname, place)).find(isExecutable);

function launcherPath(): string {
  const found = findLauncher();
  if (found !== undefined) return found;
  throw new MissingError(
    'its launcher is not built (apt-get install gcc libc6-dev, then node tools/build/launcher.mjs)',
  );
}

const openTier: Readonly<Record<SandboxTier, () => Promise<OpenSandbox>>> = {
  bubblewrap: () =>
    BubblewrapSandbox.open({
      architecture: thisArchitecture(),
      programs: {
        bwrap: needed('bwrap'),
        prlimit: needed('prlimit'),
        perl: needed('perl'),
      },
      isRoot: process.getuid?.() === 0,
      table: new ProcessTable(),
      strays: strayDescriptors(),
      launcher: findLauncher(),
    }),
  landlock: () =>
    LandlockSandbox.open({
      architecture: thisArchitecture(),
      launcher: launcherPath(),
      table: new ProcessTable(),
    }),
};

async function opened(tier: SandboxTier): Promise<OpenSandbox | TierFault> {
  let sandbox: OpenSandbox | undefined;
  try {
    const options = { perl: needed('perl'), architecture: thisArchitecture() };
    sandbox = await openTier[tier]();
    const faults = await selfTest(sandbox, options);
    if (faults.length === 0) return sandbox;
    await sandbox.close();
    return { tier, reason: `its self-test failed: ${faults.join('; ')}` };
  } catch (error) {
    await sandbox?.close();
    if (error instanceof MissingError) return { tier, reason: error.message };
    return { tier, reason: `it cannot be set up: ${(error as Error).message}` };
  }
}

/**
 * Opens the sandbox that was chosen, after it has withstood its self-test. A tier that does not is not used, and the next is tried
 * only when `auto` was asked for.
 */
export async function openSandbox(choice: SandboxChoice): Promise<SandboxSearch> {
  const faults: TierFault[] = [];
  for (const tier of choice === 'auto' ? sandboxTiers : [choice]) {
    const result = await opened(tier);
    if ('run' in result) return { sandbox: result, faults };
    faults.push(result);
  }
  return { sandbox: undefined, faults };
}
