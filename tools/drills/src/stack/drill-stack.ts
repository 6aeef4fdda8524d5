import { join, resolve } from 'node:path';
import { ledgerVariable } from '../effect-tool';
import type { DrillFolder } from './drill-files';
import { freePorts } from './free-port';
import { KeptProcess, commandLine } from './kept-process';
import { SentinelGroup, masterName } from './sentinel-group';
import { type Site, type Terrain, noTerrain } from './terrain';

export const roles = ['gateway', 'agent-orchestrator', 'tool-executor'] as const;
export type Role = (typeof roles)[number];

export interface StackOptions {
  /** How many of each role. */
  readonly replicas: number;
  /** From the death of a service until it is started again. */
  readonly restartAfterMs: number;
  readonly env?: Readonly<Record<string, string>>;
  /** The first of each kind stands `near`, the others `far`. */
  readonly terrain?: Terrain;
}

interface Place extends Site {
  readonly port: number;
}

/** The built programs: this file stands in dist/tools/drills/src/stack. */
const programs = resolve(__dirname, '../../../..');
const apiKey = 'drill-key';
const stopTimeoutMs = 15_000;

/** A whole Lumina of its own on the loopback interface: Redis with Sentinels, the services twice, a scripted model. */
export class DrillStack {
  private constructor(
    readonly group: SentinelGroup,
    readonly model: KeptProcess,
    readonly services: Readonly<Record<Role, readonly KeptProcess[]>>,
    readonly gatewayUrls: readonly string[],
  ) {}

  readonly apiKey = apiKey;

  static async plan(folder: DrillFolder, options: StackOptions): Promise<DrillStack> {
    const { terrain = noTerrain } = options;
    const ports = [...(await freePorts(7 + options.replicas * roles.length))];
    const take = (): number => ports.pop() ?? 0;
    const place = (index: number) => ({ ...terrain.site(index === 0 ? 'near' : 'far'), port: take() });
    const group = new SentinelGroup({
      folder: folder.logs,
      nodes: [0, 1, 2].map(place),
      sentinels: [0, 1, 2].map(place),
    });
    const model = { ...terrain.site('between'), port: take() };
    const env = serviceEnvironment(folder, { sentinels: group.sentinelList, model, more: options.env });
    const urls: string[] = [];
    const service = (role: Role) => (_one: unknown, index: number) => {
      const at = place(index);
      if (role === 'gateway') urls.push(`http://${at.host}:${at.port}`);
      return serviceProcess(role, {
        ...at,
        index,
        env,
        logs: folder.logs,
        restartAfterMs: options.restartAfterMs,
      });
    };
    const of = (role: Role) => Array.from({ length: options.replicas }, service(role));
    const services = {
      gateway: of('gateway'),
      'agent-orchestrator': of('agent-orchestrator'),
      'tool-executor': of('tool-executor'),
    };
    return new DrillStack(group, modelProcess(folder, model), services, urls);
  }

  get allServices(): readonly KeptProcess[] {
    return roles.flatMap((role) => this.services[role]);
  }

  async start(): Promise<void> {
    this.model.start();
    await this.group.start();
    await this.model.ready();
    for (const process of this.allServices) process.start();
    await this.ready();
  }

  async ready(): Promise<void> {
    await Promise.all(this.allServices.map((process) => process.ready()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.allServices.map((process) => process.stop('SIGTERM', stopTimeoutMs)));
    await this.model.stop('SIGTERM', 2_000);
    await this.group.stop();
  }

  /** Ends everything at once: nothing is worth waiting for. */
  async kill(): Promise<void> {
    const redis = [...this.group.sentinels, ...this.group.nodes.map(({ process }) => process)];
    await Promise.all(
      [...this.allServices, this.model, ...redis].map((process) => process.stop('SIGKILL', 1_000)),
    );
  }
}

interface Surroundings {
  readonly sentinels: string;
  readonly model: Place;
  readonly more: Readonly<Record<string, string>> | undefined;
}

function serviceEnvironment(
  folder: DrillFolder,
  { sentinels, model, more }: Surroundings,
): Readonly<Record<string, string>> {
  return {
    PATH: process.env['PATH'] ?? '',
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? join(folder.root, 'compile-cache'),
    LUMINA_REDIS_SENTINELS: sentinels,
    LUMINA_REDIS_MASTER: masterName,
    LUMINA_CONFIG: folder.config,
    LUMINA_WORKSPACE_ROOT: folder.workspaces,
    LUMINA_API_KEYS: `${apiKey}:drill`,
    LUMINA_TOOL_MODULES: resolve(__dirname, '../effect-tool.js'),
    [ledgerVariable]: folder.ledger,
    LUMINA_MODEL: 'openai/scripted',
    OPENAI_BASE_URL: `http://${model.host}:${model.port}/v1`,
    ...more,
  };
}

interface ServicePlace extends Place {
  readonly index: number;
  readonly env: Readonly<Record<string, string>>;
  readonly logs: string;
  readonly restartAfterMs: number;
}

function serviceProcess(
  role: Role,
  { index, host, port, prefix, env, logs, restartAfterMs }: ServicePlace,
): KeptProcess {
  return new KeptProcess({
    name: `${role}-${index}`,
    ...commandLine([...prefix, process.execPath, join(programs, 'apps', role, 'src/main.js')]),
    env: { ...env, LUMINA_HOST: host, PORT: String(port) },
    logFile: join(logs, `${role}-${index}.log`),
    hasChannel: true,
    isReady: () => isWell(`http://${host}:${port}/health/ready`),
    restartAfterMs,
  });
}

function modelProcess(folder: DrillFolder, { host, port, prefix }: Place): KeptProcess {
  const program = join(programs, 'tools/model-sim/src/main.js');
  const options = ['--host', host, '--port', String(port), '--scenario', folder.scenario];
  return new KeptProcess({
    name: 'model-sim',
    ...commandLine([...prefix, process.execPath, program, ...options]),
    env: { PATH: process.env['PATH'] ?? '' },
    logFile: join(folder.logs, 'model-sim.log'),
    hasChannel: false,
    isReady: () => isWell(`http://${host}:${port}/health/ready`),
    restartAfterMs: 1_000,
  });
}

async function isWell(url: string): Promise<boolean> {
  const { ok } = await fetch(url, { signal: AbortSignal.timeout(1_500) });
  return ok;
}
