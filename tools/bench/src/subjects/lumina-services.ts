import { join, resolve } from 'node:path';
import { type KeptProcess, type Role, freePorts, roles, serviceProcess } from '@lumina/testbed';
import { type BenchFolder, layOut } from './bench-files';
import { type RedisStage, replicatedRedis, singleRedis } from './redis-stage';

export type Durability = 'local' | 'replicated';

export interface LuminaPlan {
  readonly name: string;
  readonly durability: Durability;
  /** How many of each service. */
  readonly replicas: number;
  readonly modelUrl: string;
  readonly folder: string;
  /** Where each service leaves a CPU profile when it ends; undefined: none is taken. */
  readonly profiles: string | undefined;
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
  const env = { ...environment(folder, plan), ...stage.env };
  const wanted = roles.flatMap((role) =>
    Array.from({ length: plan.replicas }, (_one, index) => ({ role, index })),
  );
  const ports = await freePorts(wanted.length);
  const services = wanted.map(({ role, index }, position): Service => {
    const place = { host: '127.0.0.1', prefix: [], port: ports[position] ?? 0 };
    const own = { ...env, ...profiling(plan, `${role}-${index}`) };
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

/** Each into a folder of its own, for a service may leave one for each of its threads. */
function profiling({ profiles, name }: LuminaPlan, service: string): Readonly<Record<string, string>> {
  if (profiles === undefined) return {};
  return { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${join(profiles, name, service)}` };
}
