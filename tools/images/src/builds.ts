import type { Bases } from './command-line';
import type { Engine } from './engine';

/** What is launched as Lumina. */
export const services = ['gateway', 'agent-orchestrator', 'tool-executor', 'health'] as const;
export type Service = (typeof services)[number];

export const simulatedModel = 'simulated-model';
/** What is built: each a target of the Dockerfile. */
export const images = [...services, simulatedModel] as const;
export type Image = (typeof images)[number];

/** The folder of an image's program. */
export const sourceOf = (image: Image): string =>
  image === simulatedModel ? 'tools/model-sim' : `apps/${image}`;

export interface Build {
  /** The folder with the Dockerfile. */
  readonly context: string;
  readonly bases: Bases;
  readonly tag: string;
  /** Which images; earlier commits have not all of them. */
  readonly targets: readonly Image[];
  /** Seconds: the time of every file. */
  readonly epoch: number;
  readonly hasNetwork: boolean;
  /** Nothing of earlier builds is used. */
  readonly isFromNothing?: boolean;
}

/** What an image is, but for the time when it was made: that is not the builder's to choose on every engine. */
export interface Contents {
  readonly layers: readonly string[];
  readonly config: unknown;
  readonly bytes: number;
}

export const imageName = (image: Image, tag: string): string => `lumina-${image}:${tag}`;

export async function buildImages(engine: Engine, build: Build): Promise<ReadonlyMap<Image, Contents>> {
  const { context, bases, tag, targets, epoch, hasNetwork, isFromNothing = false } = build;
  const given = {
    BUILD_IMAGE: bases.build,
    BASE_IMAGE: bases.runtime,
    PROGRAMS_IMAGE: bases.programs,
    SOURCE_DATE_EPOCH: String(epoch),
  };
  const options = [
    ...Object.entries(given).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
    '--network',
    hasNetwork ? 'host' : 'none',
  ];
  const found = new Map<Image, Contents>();
  for (const [place, target] of targets.entries()) {
    // The stages that all targets share are built once.
    const anew = isFromNothing && place === 0 ? ['--no-cache'] : [];
    const name = imageName(target, tag);
    await engine.docker([
      'build',
      '--quiet',
      ...options,
      ...anew,
      '--target',
      target,
      '--tag',
      name,
      context,
    ]);
    found.set(target, await contentsOf(engine, name));
  }
  return found;
}

export async function contentsOf(engine: Engine, name: string): Promise<Contents> {
  const format = '{{json .RootFS.Layers}}\n{{json .Config}}\n{{.Size}}';
  const [layers = '', config = '', size = ''] = (
    await engine.docker(['image', 'inspect', '--format', format, name])
  ).split('\n');
  return {
    layers: JSON.parse(layers) as string[],
    config: JSON.parse(config) as unknown,
    bytes: Number(size),
  };
}

/** The images whose files, order or settings differ between two builds. */
export const differing = (
  one: ReadonlyMap<Image, Contents>,
  other: ReadonlyMap<Image, Contents>,
): readonly Image[] =>
  images.filter((image) => JSON.stringify(one.get(image)) !== JSON.stringify(other.get(image)));
