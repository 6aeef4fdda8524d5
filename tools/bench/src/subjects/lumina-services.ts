import { join, resolve } from 'node:path';
import { type KeptProcess, type Role, freePorts, roles, serviceProcess } from '@lumina/testbed';
import { type BenchFolder, layOut } from './bench-files';
import { type RedisStage, replicatedRedis, singleRedis } from './redis-stage';

export type Durability = 'local' | 'replicated';

/** In what a stack differs from the default settings. */
export interface Variation {
  readonly env?: Readonly<Record<string, string>>;
  /** A program that each service loads before its own. */
  readonly preload?: string;
}

export interface LuminaPlan {
  readonly name: string;
  readonly durability: Durability;
  /** How many of each service. */
  readonly replicas: number;
  readonly modelUrl: string;
  readonly folder: string;
  /** Where each service leaves a CPU profile when it ends; undefined: none is taken. */
  readonly profiles: string | undefined;
  readonly variation: Variation;
}

export interface Service {
  readonly role: Role;
  readonly url: string;
  readonly process: KeptProcess;
}

export const apiKey = 'bench-key';

const stageOf = { local: singleRedis, replicated: replicatedRedis };

/** Redis and every service, planned and not yet started. */
export async function planServices(plan: LuminaPlan): Promise<{
  readonly stage: RedisStage;
  readonly services: readonly Service[];
}> {
  const folder = layOut(plan.folder);
  const stage = await stageOf[plan.durability](folder.logs);
  const env = { ...environment(folder, plan), ...stage.env, ...plan.variation.env };
  const wanted = roles.flatMap((role) =>
    Array.from({ length: plan.replicas }, (_one, index) => ({ role, index })),
  );
  const ports = await freePorts(wanted.length);
  const services = wanted.map(({ role, index }, position): Service => {
    const place = { host: '127.0.0.1', prefix: [], port: ports[position] ?? 0 };
    const own = { ...env, ...nodeOptions(plan, `${role}-${index}`) };
    const start = { ...place, index, env: own, logs: folder.logs, restartAfterMs: undefined };
    return { role, url: `http://${place.host}:${place.port}`, process: serviceProcess(role, start) };
  });
  return { stage, services };
}

/** The default settings, but for where things are. */
function environment(folder: BenchFolder, { modelUrl }: LuminaPlan): Readonly<Record<string, string>> {
  return {
    PATH: process.env['PATH'] ?? '',
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? join(folder.root, 'compile-cache'),
    LUMINA_CONFIG: folder.config,
    LUMINA_WORKSPACE_ROOT: folder.workspaces,
    LUMINA_API_KEYS: `${apiKey}:bench`,
    LUMINA_TOOL_MODULES: resolve(__dirname, '../bench-tool.js'),
    LUMINA_MODEL: 'openai/scripted',
    OPENAI_BASE_URL: `${modelUrl}/v1`,
  };
}

/** Profiles go into a folder of each service's own, for it may leave one for each of its threads. */
function nodeOptions(
  { profiles, name, variation: { preload } }: LuminaPlan,
  service: string,
): Readonly<Record<string, string>> {
  const options = [
    ...(preload === undefined ? [] : [`--require=${preload}`]),
    ...(profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${join(profiles, name, service)}`]),
  ];
  return options.length === 0 ? {} : { NODE_OPTIONS: options.join(' ') };
}
