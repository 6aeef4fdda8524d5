import { parseArgs } from 'node:util';

/** Wrong usage, or a machine that lacks something; in words for the person who called. */
export class CannotBuild extends Error {}

export interface CommandLine {
  /** A running engine; undefined: one of its own. */
  readonly engine: string | undefined;
  /** Images to build from; undefined: Debian's, bootstrapped from the mirror that this machine uses. */
  readonly bases: Bases | undefined;
  /** Whether all is built a second time, from nothing, and compared. */
  readonly isComparing: boolean;
  /** A commit from which to roll out. */
  readonly rolloutFrom: string | undefined;
  readonly isDrillShort: boolean;
}

export interface Bases {
  readonly build: string;
  readonly runtime: string;
  readonly programs: string;
}

export const usage = `Usage: npm run images -- [options]

Builds the services' images, runs them together as confined as a cluster would, and says what it saw. Needs root and, on Debian:
apt-get install docker.io containerd debootstrap

  --engine URL           use a running Docker engine instead of starting one
  --build-image NAME, --base-image NAME, --programs-image NAME
                         build from these, with the network, instead of bootstrapping Debian and building without one
  --once                 do not build a second time to compare
  --rollout COMMIT       build that commit's images, too, and drill the roll-out from them
  --short                a short drill
`;

/** @throws CannotBuild */
export function readCommandLine(args: readonly string[]): CommandLine {
  const values = parsed(args);
  const named = [values['build-image'], values['base-image'], values['programs-image']];
  const [build, runtime, programs] = named;
  if (named.some((name) => name !== undefined) && (build === undefined || runtime === undefined))
    throw new CannotBuild('--build-image and --base-image belong together');
  return {
    engine: values.engine,
    bases:
      build === undefined || runtime === undefined
        ? undefined
        : { build, runtime, programs: programs ?? runtime },
    isComparing: values.once !== true,
    rolloutFrom: values.rollout,
    isDrillShort: values.short === true,
  };
}

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const images = { 'build-image': text, 'base-image': text, 'programs-image': text };
  const options = { engine: text, ...images, once: flag, rollout: text, short: flag } as const;
  try {
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    throw new CannotBuild(`${(error as Error).message}\n\n${usage}`);
  }
}
