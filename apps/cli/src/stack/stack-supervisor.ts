import { appendFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { developmentKey, keyPepper } from '../data/dev-key';
import { freePort } from '../processes/free-port';
import { type ProcessIdentity, identityOf } from '../processes/process-identity';
import { configureEmbeddedRedis } from './embedded-redis';
import { describeModel, needsSimulatedModel, withoutPassword } from './model-choice';
import { ProcessGroup, type StartOutcome } from './process-group';
import { type RoleSpec, type ServiceWish, modelSimSpec, redisSpec, serviceSpec } from './process-specs';
import { type StackParts, hasOwnRedis, serviceEnvironment } from './service-environment';
import { type SettingsDigest, digestOf, settingsOf } from './settings-digest';
import type { StackOptions, StackReporter } from './stack-options';
import { gatewayPort, healthPort } from './stack-ports';
import { type ProcessRecord, type StackState, removeStackState, writeStackState } from './stack-state';

const startTimeoutMs = 60_000;

/**
 * One stack from its start to its end; the holder of the data folder's lock runs it. stack.json says what runs at any
 * moment, and is removed when nothing does.
 */
export class StackSupervisor {
  private readonly group: ProcessGroup;
  private readonly settings: SettingsDigest;
  private readonly self: ProcessIdentity;
  private readonly startedAt = new Date().toISOString();
  private readonly workspaceRoot: string;
  private phase: StackState['phase'] = 'starting';
  private model = 'not known yet';
  private isOver = false;

  constructor(
    private readonly options: StackOptions,
    private readonly reporter: StackReporter,
  ) {
    const { data, caller } = options;
    const self = identityOf(process.pid);
    if (self === undefined) throw new Error('cannot tell when this process was started');
    this.self = self;
    this.settings = digestOf(settingsOf(caller));
    this.workspaceRoot = resolve(caller.cwd, caller.env['LUMINA_WORKSPACE_ROOT'] || data.workspaces);
    this.group = new ProcessGroup({
      onChange: () => {
        this.record();
      },
      onNote: (text) => {
        this.log(text);
        reporter.note(text);
      },
      onProgress: (text) => {
        this.log(text);
        reporter.progress(text);
      },
    });
  }

  get state(): StackState {
    const { port, replicas, isExplicit } = this.options;
    return {
      version: 1,
      phase: this.phase,
      supervisor: this.self,
      startedAt: this.startedAt,
      isExplicit,
      port,
      replicas,
      workspaceRoot: this.workspaceRoot,
      settings: this.settings,
      model: this.model,
      processes: [...this.group.records, ...this.configuredRedis()],
    };
  }

  /** @throws Refusal when a port that was asked for is taken */
  async start(): Promise<StartOutcome> {
    const { caller } = this.options;
    this.record();
    const [parts, foundations] = await this.foundations();
    const gateway = await gatewayPort(this.options, this.reporter);
    const health = await healthPort(this.options, gateway);
    this.log(`starting: ${foundations.map(({ name }) => name).join(', ') || 'nothing of our own below'}`);
    const founded = await this.group.start(foundations, startTimeoutMs);
    if (founded.kind !== 'ready') return founded;
    const environment = serviceEnvironment(caller, parts);
    const services = this.services(gateway, health).map((wish) =>
      serviceSpec(this.options, environment, wish),
    );
    const outcome = await this.group.start(services, startTimeoutMs);
    if (outcome.kind !== 'ready') return outcome;
    this.phase = 'ready';
    this.model = await describeModel(caller.env, this.urlOf('health'));
    this.log(`ready: ${this.urlOf('gateway') ?? ''}`);
    this.record();
    return outcome;
  }

  async stop(): Promise<void> {
    this.phase = 'stopping';
    this.record();
    await this.group.stop();
    this.isOver = true;
    removeStackState(this.options.data.stateFile);
    this.log('stopped');
  }

  kill(): void {
    this.group.kill();
  }

  private async foundations(): Promise<readonly [StackParts, readonly RoleSpec[]]> {
    const { data, caller } = this.options;
    const redis = hasOwnRedis(caller.env) ? undefined : configureEmbeddedRedis(data, await freePort());
    const sim = needsSimulatedModel(caller.env) ? modelSimSpec(this.options, await freePort()) : undefined;
    keyPepper(data.keyPepper);
    const parts = {
      developmentKey: developmentKey(data.devKey),
      keyPepperFile: data.keyPepper,
      workspaceRoot: this.workspaceRoot,
      redis,
      simulatedUrl: sim?.url === undefined ? undefined : `${sim.url}/v1`,
    };
    return [parts, [...(redis ? [redisSpec(data, redis)] : []), ...(sim ? [sim] : [])]];
  }

  private services(gateway: number, health: number): readonly ServiceWish[] {
    const replicas = Array.from({ length: this.options.replicas }, (_, index) => index + 1);
    return [
      { role: 'gateway', port: gateway },
      ...replicas.map((index) => ({ role: 'agent-orchestrator', index, port: 0 }) as const),
      ...replicas.map((index) => ({ role: 'tool-executor', index, port: 0 }) as const),
      { role: 'health', port: health },
    ];
  }

  private configuredRedis(): readonly ProcessRecord[] {
    const { env } = this.options.caller;
    if (!hasOwnRedis(env)) return [];
    const sentinels = (env['LUMINA_REDIS_SENTINELS'] ?? '').trim();
    const url = sentinels === '' ? withoutPassword(env['LUMINA_REDIS_URL'] ?? '') : `sentinel://${sentinels}`;
    return [{ name: 'redis (configured)', role: 'redis', identity: undefined, url }];
  }

  private urlOf(role: ProcessRecord['role']): string | undefined {
    return this.group.records.find((record) => record.role === role)?.url;
  }

  private record(): void {
    if (this.isOver) return;
    try {
      writeStackState(this.options.data.stateFile, this.state);
    } catch (error) {
      // A full disk must not take a running stack down; the start fails on it by itself.
      if (this.phase === 'starting') throw error;
      this.reporter.note(`stack.json could not be written: ${(error as Error).message}`);
    }
  }

  private log(text: string): void {
    try {
      const line = `${new Date().toISOString()} ${text}\n`;
      appendFileSync(join(this.options.data.logs, 'supervisor.log'), line, { mode: 0o600 });
    } catch {
      // see record(): the log is the lesser loss
    }
  }
}
