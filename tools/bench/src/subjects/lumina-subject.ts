import { join, resolve } from 'node:path';
import { type Address, type KeptProcess, type Role, freePorts, roles, serviceProcess } from '@lumina/testbed';
import { JsonClient } from '../load/json-client';
import type { Watched } from '../probes/process-probe';
import { type BenchFolder, layOut } from './bench-files';
import { type RedisStage, replicatedRedis, singleRedis } from './redis-stage';
import { type Subject, type Task, tasks } from './subject';
import { watchedOf } from './watched';

export type Durability = 'local' | 'replicated';

export interface LuminaPlan {
  readonly durability: Durability;
  /** How many of each service. */
  readonly replicas: number;
  readonly modelUrl: string;
  readonly folder: string;
}

const apiKey = 'bench-key';

/** Lumina as users run it: built services in processes of their own, with the default settings. */
export class LuminaSubject implements Subject {
  readonly tasks: ReadonlySet<Task> = new Set(tasks);
  /** Threads of the latest runs, to look at what they left in the store. */
  readonly recentThreads: string[] = [];
  private turn = 0;

  private constructor(
    readonly name: string,
    private readonly stage: RedisStage,
    private readonly services: Readonly<Record<Role, readonly KeptProcess[]>>,
    private readonly clients: readonly JsonClient[],
  ) {}

  static async plan(plan: LuminaPlan): Promise<LuminaSubject> {
    const folder = layOut(plan.folder);
    const stage = await (plan.durability === 'local'
      ? singleRedis(folder.logs)
      : replicatedRedis(folder.logs));
    const env = environment(folder, stage, plan.modelUrl);
    const ports = [...(await freePorts(plan.replicas * roles.length))];
    const urls: string[] = [];
    const service = (role: Role) => (_one: unknown, index: number) => {
      const place = { host: '127.0.0.1', prefix: [], port: ports.pop() ?? 0 };
      if (role === 'gateway') urls.push(`http://${place.host}:${place.port}`);
      return serviceProcess(role, { ...place, index, env, logs: folder.logs, restartAfterMs: undefined });
    };
    const of = (role: Role) => Array.from({ length: plan.replicas }, service(role));
    const services = {
      gateway: of('gateway'),
      'agent-orchestrator': of('agent-orchestrator'),
      'tool-executor': of('tool-executor'),
    };
    const clients = urls.map((url) => new JsonClient(url, { 'x-api-key': apiKey }));
    return new LuminaSubject(`lumina-${plan.durability}`, stage, services, clients);
  }

  get title(): string {
    return `Lumina, ${this.name.replace('lumina-', 'durability ')}`;
  }

  get redis(): Address {
    return this.stage.master;
  }

  get watched(): readonly Watched[] {
    return [...roles.flatMap((role) => watchedOf(role, this.services[role])), ...this.stage.watched];
  }

  async start(): Promise<void> {
    await this.stage.start();
    const services = roles.flatMap((role) => this.services[role]);
    for (const service of services) service.start();
    await Promise.all(services.map((service) => service.ready()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
    const services = roles.flatMap((role) => this.services[role]);
    await Promise.all(services.map((service) => service.stop('SIGTERM', 15_000)));
    await this.stage.stop();
  }

  async ask(task: Task): Promise<void> {
    this.turn += 1;
    const client = this.clients[this.turn % this.clients.length];
    const told = (await client?.post('/chat', `{"message":"${task}"}`)) as ChatAnswer;
    if (typeof told.answer !== 'string' || told.answer === '') throw new Error('an empty answer');
    this.recentThreads.push(told.thread_id);
    if (this.recentThreads.length > 64) this.recentThreads.shift();
  }
}

interface ChatAnswer {
  readonly answer: string;
  readonly thread_id: string;
}

function environment(
  folder: BenchFolder,
  stage: RedisStage,
  modelUrl: string,
): Readonly<Record<string, string>> {
  return {
    PATH: process.env['PATH'] ?? '',
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? join(folder.root, 'compile-cache'),
    LUMINA_CONFIG: folder.config,
    LUMINA_WORKSPACE_ROOT: folder.workspaces,
    LUMINA_API_KEYS: `${apiKey}:bench`,
    LUMINA_TOOL_MODULES: resolve(__dirname, '../bench-tool.js'),
    LUMINA_MODEL: 'openai/scripted',
    OPENAI_BASE_URL: `${modelUrl}/v1`,
    ...stage.env,
  };
}
