import { join, resolve } from 'node:path';
import { serviceHeapOptions } from '@lumina/contracts';
import type { Place } from './site';

/** The built programs: this file stands in dist/libs/testbed/src. */
export const programs = resolve(__dirname, '../../..');

/** One version of Lumina that services can be started from: a folder of built programs, or container images. */
export type Release =
  | { readonly kind: 'tree'; readonly name: string; readonly programs: string }
  | {
      readonly kind: 'images';
      readonly name: string;
      /** The Docker engine, as `unix:///path/of/its.socket`. */
      readonly engine: string;
      /** `lumina-gateway:<tag>` and so on. */
      readonly tag: string;
      /** Host folders that containers see under the same path; what they may write to belongs to the images' user. */
      readonly folders: readonly { readonly path: string; readonly isWritable: boolean }[];
    };

/** What was built from this working tree. */
export const presentRelease: Release = { kind: 'tree', name: 'the present build', programs };

/** The user of the images, and the group. */
export const imageUser = 10_001;

/** Means something on the host alone. */
const hostVariables: readonly string[] = ['PATH', 'NODE_COMPILE_CACHE'];

/**
 * What was built for one occasion gets no cache of compiled code: each of its processes would spend most of a second of CPU on writing it
 * when it ends, beside those that are being measured.
 */
const withoutCache = ({ NODE_COMPILE_CACHE: _, ...env }: Readonly<Record<string, string>>) => env;

export interface Launch {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Whether the process stops by itself when its starter is gone. */
  readonly hasChannel: boolean;
}

/** How a service of a release is started. A container is confined as Kubernetes' restricted profile asks, and shares the host's network. */
export function launchOf(
  release: Release,
  service: string,
  place: Pick<Place, 'prefix'> & { readonly env: Readonly<Record<string, string>> },
): Launch {
  const { prefix, env } = place;
  if (release.kind === 'tree') {
    const main = join(release.programs, 'apps', service, 'src/main.js');
    const own = release.programs === programs ? env : withoutCache(env);
    return {
      command: [...prefix, process.execPath, ...serviceHeapOptions, main],
      env: own,
      hasChannel: true,
    };
  }
  const inside = Object.entries(env).filter(([name]) => !hostVariables.includes(name));
  const command = [
    ...[...prefix, 'docker', '--host', release.engine, 'run', '--rm', '--network', 'host', '--read-only'],
    ...['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
    ...['--tmpfs', '/tmp:rw,nosuid,nodev,size=256m,mode=1777'],
    ...release.folders.flatMap(({ path, isWritable }) => [
      '--volume',
      `${path}:${path}${isWritable ? '' : ':ro'}`,
    ]),
    // Values stay out of the command line: docker takes them from its own environment.
    ...inside.flatMap(([name]) => ['--env', name]),
    `lumina-${service}:${release.tag}`,
  ];
  return {
    command,
    env: { ...Object.fromEntries(inside), PATH: process.env['PATH'] ?? '' },
    hasChannel: false,
  };
}
