import { createHash } from 'node:crypto';
import { luminaFileSchema } from '@lumina/agent';
import {
  configPath,
  connectRedis,
  crashPoint,
  readYamlFile,
  redisOptions,
  redisTarget,
} from '@lumina/platform';
import { DoorbellWorker, Ringer, drainWithin } from '@lumina/queue';
import {
  Cancellations,
  type RunStore,
  ToolCatalogue,
  durabilityOf,
  leaseTimesOf,
  openRunStore,
  storeTimesOf,
} from '@lumina/store';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { v4 as uuidV4 } from 'uuid';
import { callLog } from './calls/call-log';
import { CallRunner } from './calls/call-runner';
import { Workspaces } from './calls/workspaces';
import { measureSecurityEvent } from './metrics';
import type { ExecutorSettings } from './settings';
import { type Tool, offerOf } from './tool';
import { enabledTools } from './enabled-tools';
import { toolsOfModules } from './tool-modules';
import { tools as ownTools } from './tools';
import type { Refusal } from './workspace';

type Log = Pick<Logger, 'info' | 'warn' | 'error'>;

const publishEveryMs = 10_000;

/** The executor without its HTTP shell: publishes its tools and answers the doorbells of `tools`. */
export class Executor {
  private readonly connections: { readonly write: Redis; readonly read: Redis };
  private readonly letGo = new AbortController();
  private readonly ringer: Ringer;
  private readonly store: RunStore;
  private readonly catalogue: ToolCatalogue;
  private readonly tools: ReadonlyMap<string, Tool>;
  private readonly cancellations: Cancellations;
  private readonly worker: DoorbellWorker;
  private publishing: NodeJS.Timeout | undefined;

  constructor(
    private readonly settings: ExecutorSettings,
    private readonly log: Log,
  ) {
    const target = redisTarget(settings);
    const onError = this.report('redis');
    this.connections = {
      write: connectRedis(target, 'write', onError),
      read: connectRedis(target, 'read', onError),
    };
    const durability = durabilityOf(settings, target.kind === 'sentinel');
    this.store = openRunStore(this.connections, durability, storeTimesOf(settings));
    this.catalogue = new ToolCatalogue(this.connections.read);
    const file = readYamlFile(configPath(settings.LUMINA_CONFIG, __dirname), luminaFileSchema);
    this.tools = enabledTools(file.tools, [
      ...ownTools,
      ...toolsOfModules(settings.LUMINA_TOOL_MODULES ?? []),
    ]);
    this.cancellations = new Cancellations(connectRedis(target, 'block', onError));
    this.ringer = new Ringer(redisOptions(target, 'queue'), this.report('ring'));
    this.worker = this.openWorker(redisOptions(target, 'queue'));
  }

  async start(): Promise<void> {
    await this.publish();
    this.publishing = setInterval(() => void this.publish().catch(this.report('publish')), publishEveryMs);
    await this.cancellations.start();
    await this.worker.ready();
    this.worker.start();
    this.log.info({ event: 'started', tools: [...this.tools.keys()] });
  }

  async stop(): Promise<void> {
    clearInterval(this.publishing);
    await drainWithin(this.worker, this.settings.LUMINA_DRAIN_TIMEOUT, this.letGo);
    this.cancellations.stop();
    await this.ringer.close();
    this.connections.write.disconnect();
    this.connections.read.disconnect();
  }

  async check(): Promise<Readonly<Record<string, string | undefined>>> {
    const { write, read } = this.connections;
    const isConnected = write.status === 'ready' && read.status === 'ready';
    return {
      redis: isConnected ? undefined : `not connected (${write.status})`,
      worker: this.worker.isRunning() ? undefined : 'takes no doorbells',
    };
  }

  private openWorker(connection: ReturnType<typeof redisOptions>): DoorbellWorker {
    const name = `executor-${uuidV4().slice(0, 8)}@${process.pid}`;
    let claims = 0;
    const runner = new CallRunner({
      store: this.store,
      ringer: this.ringer,
      tools: this.tools,
      workspaces: new Workspaces(this.settings.LUMINA_WORKSPACE_ROOT, (refusal) => this.audit(refusal)),
      log: callLog(this.log, (tool) => this.tools.has(tool), Date.now),
      leaseTimes: leaseTimesOf(this.settings),
      cancellations: this.cancellations,
      reached: crashPoint(this.settings.LUMINA_CRASH_AT),
      digest: (content) => createHash('sha256').update(content).digest('hex'),
      nextOwner: () => `${name}#${++claims}`,
      nowMs: Date.now,
      letGo: this.letGo.signal,
    });
    return new DoorbellWorker({
      queue: 'tools',
      connection,
      concurrency: this.settings.LUMINA_CALL_CONCURRENCY,
      answer: (doorbell) => runner.answer(doorbell),
      onError: this.report('call'),
    });
  }

  private publish(): Promise<void> {
    return this.catalogue.publish([...this.tools.values()].map(offerOf));
  }

  /** Each attempt to leave a workspace is counted and put on record. */
  private audit({ type, tool, reason }: Refusal): void {
    measureSecurityEvent(type);
    this.log.warn({ event: 'security', type, tool, reason });
  }

  private report(event: string): (error: unknown) => void {
    return (error) => this.log.error({ event, err: error });
  }
}
