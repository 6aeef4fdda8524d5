import { join, resolve } from 'node:path';
import {
  type Death,
  type KeptProcess,
  type Place,
  type Release,
  type Role,
  SentinelGroup,
  freePorts,
  masterName,
  modelProcess,
  pause,
  presentRelease,
  roles,
  serviceProcess,
} from '@lumina/testbed';
import { ledgerVariable } from '../effect-tool';
import type { DrillFolder } from './drill-files';
import { type Terrain, noTerrain } from './terrain';

export interface StackOptions {
  /** How many of each role. */
  readonly replicas: number;
  /** From the death of a service until it is started again. */
  readonly restartAfterMs: number;
  readonly env?: Readonly<Record<string, string>>;
  /** The first of each kind stands `near`, the others `far`. */
  readonly terrain?: Terrain;
  /** What services are started from at first. */
  readonly release?: Release;
}

export interface ScrapeTarget {
  readonly job: string;
  readonly address: string;
}

type Members = Readonly<Record<Role, KeptProcess[]>>;

interface StackSurroundings {
  /** What a cluster's Service would send requests to: those gateways that are ready and are not going. */
  readonly urls: string[];
  readonly env: Readonly<Record<string, string>>;
  readonly targets: readonly ScrapeTarget[];
  readonly start: (role: Role, place: Place & { index: number }, release: Release) => KeptProcess;
}

/** From when no new request goes to a process until it is asked to stop, as with a pod's preStop. */
const partingMs = 500;

const apiKey = 'drill-key';
const stopTimeoutMs = 15_000;

/** A whole Lumina of its own on the loopback interface: Redis with Sentinels, the services twice, a scripted model. */
export class DrillStack {
  private constructor(
    readonly group: SentinelGroup,
    readonly model: KeptProcess,
    private readonly members: Members,
    private readonly surroundings: StackSurroundings,
  ) {}

  readonly apiKey = apiKey;

  /** Where the gateways are that have left. */
  private readonly absent = new Map<number, string>();

  get services(): Readonly<Record<Role, readonly KeptProcess[]>> {
    return this.members;
  }

  get gatewayUrls(): readonly string[] {
    return this.surroundings.urls;
  }

  /** What services are started with. */
  get environment(): Readonly<Record<string, string>> {
    return this.surroundings.env;
  }

  /** Where each service can be scraped. */
  get targets(): readonly ScrapeTarget[] {
    return this.surroundings.targets;
  }

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
    const targets: ScrapeTarget[] = [];
    const { release = presentRelease, restartAfterMs } = options;
    const start: StackSurroundings['start'] = (role, at, from) =>
      serviceProcess(role, { ...at, env, logs: folder.logs, restartAfterMs, release: from });
    const service = (role: Role) => (_one: unknown, index: number) => {
      const at = place(index);
      targets.push({ job: `lumina-${role}`, address: `${at.host}:${at.port}` });
      if (role === 'gateway') urls.push(`http://${at.host}:${at.port}`);
      return start(role, { ...at, index }, release);
    };
    const of = (role: Role) => Array.from({ length: options.replicas }, service(role));
    const services = {
      gateway: of('gateway'),
      'agent-orchestrator': of('agent-orchestrator'),
      'tool-executor': of('tool-executor'),
    };
    return new DrillStack(
      group,
      modelProcess({ ...model, scenario: folder.scenario, logs: folder.logs, restartAfterMs: 1_000 }),
      services,
      { urls, env, targets, start },
    );
  }

  /**
   * Rolls one place of a role out to a release: its successor is ready before it is asked to stop, and takes the requests before that.
   * Returns how the old one ended.
   */
  async replace(role: Role, index: number, release: Release): Promise<Death | undefined> {
    const old = this.members[role][index];
    const [port = 0] = await freePorts(1);
    const host = '127.0.0.1';
    const successor = this.surroundings.start(role, { host, port, prefix: [], index }, release);
    this.members[role].push(successor);
    successor.start();
    await successor.ready();
    if (role === 'gateway') this.surroundings.urls[index] = `http://${host}:${port}`;
    await pause(partingMs);
    await old?.stop('SIGTERM', stopTimeoutMs);
    this.members[role].pop();
    this.members[role][index] = successor;
    return old?.deaths.at(-1);
  }

  /** Stops one place of each of the roles, all at once; returns how they ended. Requests go elsewhere before. */
  async leave(leaving: readonly Role[], index: number): Promise<readonly (Death | undefined)[]> {
    const { urls } = this.surroundings;
    const url = urls[index] ?? '';
    if (leaving.includes('gateway')) urls[index] = urls.find((other) => other !== url) ?? url;
    await pause(partingMs);
    const going = this.placesOf(leaving, index);
    await Promise.all(going.map((process) => process.stop('SIGTERM', stopTimeoutMs)));
    this.absent.set(index, url);
    return going.map((process) => process.deaths.at(-1));
  }

  private placesOf(wanted: readonly Role[], index: number): readonly KeptProcess[] {
    return wanted.flatMap((role) => this.members[role].slice(index, index + 1));
  }

  /** Starts again what has left. */
  async comeBack(returning: readonly Role[], index: number): Promise<void> {
    const coming = this.placesOf(returning, index);
    for (const process of coming) process.start();
    await Promise.all(coming.map((process) => process.ready()));
    const url = this.absent.get(index);
    if (returning.includes('gateway') && url !== undefined) this.surroundings.urls[index] = url;
  }

  get allServices(): readonly KeptProcess[] {
    return roles.flatMap((role) => this.services[role]);
  }

  /** `snapshot`: what Redis begins with; nothing by default. */
  async start(snapshot?: string): Promise<void> {
    this.model.start();
    await this.group.start(snapshot);
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
