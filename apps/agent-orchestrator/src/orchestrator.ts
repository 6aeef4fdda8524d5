import { createHash } from 'node:crypto';
import { agentsOf, canonicalDefinition, luminaFileSchema } from '@lumina/agent';
import { type Doorbell, itemKind } from '@lumina/contracts';
import { type Models, modelsFromSettings } from '@lumina/models';
import { type Service, configPath, crashPoint, readYamlFile } from '@lumina/platform';
import { DoorbellWorker, Ringer, drainWithin } from '@lumina/queue';
import {
  AgentLibrary,
  Cancellations,
  ControlWatch,
  StoreAccess,
  SwitchBoard,
  ToolCatalogue,
  ToolSwitches,
} from '@lumina/store';
import type { Logger } from 'pino';
import { v4 as uuidV4 } from 'uuid';
import { ChildStarter } from './children/child-starter';
import type { KnownAgents } from './children/known-agents';
import { measureRecovery } from './metrics';
import type { OrchestratorSettings } from './settings';
import { stepLog } from './steps/step-log';
import { StepRunner } from './steps/step-runner';
import { Sweeper } from './sweep/sweeper';

type Log = Pick<Logger, 'info' | 'warn' | 'error'>;

/** The orchestrator without its HTTP shell: answers the doorbells of `steps`, and sweeps. */
export class Orchestrator implements Service {
  private readonly access: StoreAccess;
  private readonly models: Models;
  private readonly letGo = new AbortController();
  private readonly ringer: Ringer;
  private readonly agents: KnownAgents;
  private readonly cancellations: Cancellations;
  private readonly controls: ControlWatch;
  private readonly switches: SwitchBoard;
  private worker: DoorbellWorker | undefined;
  private sweeper: Sweeper | undefined;

  constructor(
    private readonly settings: OrchestratorSettings,
    private readonly log: Log,
  ) {
    this.access = new StoreAccess(settings, this.report('redis'));
    this.cancellations = new Cancellations(this.access.blocking());
    this.controls = new ControlWatch(this.access.read, { onError: this.report('controls') });
    this.switches = new SwitchBoard(new ToolSwitches(this.access.writer, this.access.read), this.controls);
    const file = readYamlFile(configPath(settings.LUMINA_CONFIG, __dirname), luminaFileSchema);
    this.models = modelsFromSettings(settings, { prices: file.prices });
    this.ringer = new Ringer(this.access.queueConnection(), this.report('ring'), this.access.read);
    this.agents = new Map(
      agentsOf(file).map((agent) => {
        const json = canonicalDefinition(agent);
        return [agent.name, { json, digest: sha256(json), limits: agent.limits }];
      }),
    );
  }

  async start(): Promise<void> {
    const answer = this.answerer();
    this.worker = new DoorbellWorker({
      queue: 'steps',
      connection: this.access.queueConnection(),
      concurrency: this.settings.LUMINA_STEP_CONCURRENCY,
      answer,
      onError: this.report('step'),
      passOn: (items) => this.ringer.queueUp(items),
      knocks: { redis: this.access.read, subscriber: this.access.blocking() },
      waiting: () => this.ringer.waiting('steps'),
    });
    this.sweeper = new Sweeper({
      store: this.access.store,
      ringer: this.ringer,
      everyMs: this.settings.LUMINA_SWEEP_INTERVAL,
      onSwept: (items) => items.forEach(({ cause }) => measureRecovery(cause)),
      onError: this.report('sweep'),
    });
    await this.cancellations.start();
    await this.controls.start();
    await this.worker.ready();
    this.worker.start();
    this.sweeper.start();
    this.log.info({ event: 'started', agents: [...this.agents.keys()] });
    await this.models.defaultChain().then(
      (models) => this.log.info({ event: 'models', models }),
      (error: unknown) => this.log.warn({ event: 'no model', err: error }),
    );
  }

  async check(): Promise<Readonly<Record<string, string | undefined>>> {
    const isRunning = this.worker?.isRunning() === true;
    return { redis: this.access.fault(), worker: isRunning ? undefined : 'takes no doorbells' };
  }

  async drain(): Promise<void> {
    await this.sweeper?.stop();
    if (this.worker === undefined) return;
    await drainWithin(this.worker, this.settings.LUMINA_DRAIN_TIMEOUT, this.letGo);
  }

  async stop(): Promise<void> {
    this.controls.stop();
    this.cancellations.stop();
    await this.ringer.close();
    await this.models.close();
    this.access.close();
  }

  private answerer(): (doorbell: Doorbell) => Promise<void> {
    const { ringer } = this;
    const { store, leaseTimes, read } = this.access;
    const name = `orchestrator-${uuidV4().slice(0, 8)}@${process.pid}`;
    let claims = 0;
    const shared = {
      store,
      ringer,
      leaseTimes,
      cancellations: this.cancellations,
      digest: sha256,
      reached: crashPoint(this.settings.LUMINA_CRASH_AT),
      nextOwner: () => `${name}#${++claims}`,
      nowMs: Date.now,
    };
    const children = new ChildStarter({ ...shared, agents: this.agents });
    const steps = new StepRunner({
      ...shared,
      models: this.models.client,
      agents: new AgentLibrary(store),
      catalogue: new ToolCatalogue(read),
      switches: this.switches,
      log: stepLog(this.log, Date.now),
      defaultChain: () => this.models.defaultChain(),
      letGo: this.letGo.signal,
    });
    return (doorbell) => (itemKind(doorbell.item) === 'child' ? children : steps).answer(doorbell);
  }

  private report(event: string): (error: unknown) => void {
    return (error) => this.log.error({ event, err: error });
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
