import { hash } from 'node:crypto';
import {
  type LuminaFile,
  agentsOf,
  canonicalDefinition,
  luminaFileSchema,
  tenantPolicyOf,
} from '@lumina/agent';
import { itemKind } from '@lumina/contracts';
import { type Models, cachedClient, modelsFromSettings } from '@lumina/models';
import {
  type GenAiMeter,
  type Service,
  type Tracing,
  configPath,
  crashPoint,
  readYamlFile,
} from '@lumina/platform';
import { DoorbellWorker, type DoorbellWorkerOptions, Ringer, drainWithin } from '@lumina/queue';
import {
  AgentLibrary,
  Cancellations,
  ControlWatch,
  Interventions,
  type OverdueItem,
  RedisAnswerCache,
  StoreAccess,
  SwitchBoard,
  ToolCatalogue,
  ToolSwitches,
  givenBack,
} from '@lumina/store';
import type { Logger } from 'pino';
import { v4 as uuidV4 } from 'uuid';
import { ChildStarter } from './children/child-starter';
import type { KnownAgents } from './children/known-agents';
import { measureOverdue, measureSettledHolds, measureSweep, modelMetrics, stuckCause } from './metrics';
import type { OrchestratorSettings } from './settings';
import { type StepLog, stepLog } from './steps/step-log';
import { StepRunner } from './steps/step-runner';
import { Tariffs } from './steps/tariffs';
import { Reckoner } from './sweep/reckoner';
import { Sweeper } from './sweep/sweeper';

type Log = Pick<Logger, 'info' | 'warn' | 'error'>;

/** What a collector is told; absent: nothing. */
export interface Telemetry {
  readonly tracing?: Tracing | undefined;
  readonly meter?: GenAiMeter | undefined;
}

/** The orchestrator without its HTTP shell: answers the doorbells of `steps`, and sweeps. */
export class Orchestrator implements Service {
  private readonly access: StoreAccess;
  private readonly models: Models;
  private readonly letGo = new AbortController();
  private readonly ringer: Ringer;
  private readonly file: LuminaFile;
  private readonly agents: KnownAgents;
  private readonly cancellations: Cancellations;
  private readonly controls: ControlWatch;
  private readonly switches: SwitchBoard;
  private worker: DoorbellWorker | undefined;
  private sweeper: Sweeper | undefined;
  private readonly tariffs: Tariffs;
  private readonly stepLog: StepLog;
  private reckoner: Reckoner | undefined;

  constructor(
    private readonly settings: OrchestratorSettings,
    private readonly log: Log,
    private readonly telemetry: Telemetry = {},
  ) {
    const { tracing, meter } = telemetry;
    this.access = new StoreAccess(settings, this.report('redis'));
    this.cancellations = new Cancellations(this.access.blocking());
    this.controls = new ControlWatch(this.access.read, { onError: this.report('controls') });
    this.switches = new SwitchBoard(new ToolSwitches(this.access.writer, this.access.read), this.controls);
    this.file = readYamlFile(configPath(settings.LUMINA_CONFIG, __dirname), luminaFileSchema);
    const { prices, budgets } = this.file;
    const traces = tracing && {
      tracing,
      showsContent: settings.LUMINA_TRACE_CONTENT,
      tellsProvider: settings.LUMINA_TRACE_TO_MODELS,
    };
    this.models = modelsFromSettings(settings, { prices, watch: modelMetrics, traces, meter });
    this.tariffs = new Tariffs({ budgets, prices });
    this.stepLog = stepLog(log, Date.now);
    this.ringer = new Ringer(this.access.queueConnection(), this.report('ring'), this.access.read);
    this.agents = new Map(
      agentsOf(this.file).map((agent) => {
        const json = canonicalDefinition(agent);
        return [agent.name, { json, digest: sha256(json), limits: agent.limits }];
      }),
    );
  }

  async start(): Promise<void> {
    const name = `orchestrator-${uuidV4().slice(0, 8)}@${process.pid}`;
    const { store, leaseTimes } = this.access;
    const answer = this.answerer(name);
    this.worker = new DoorbellWorker({
      queue: 'steps',
      name,
      hands: {
        // Money is held with a claim.
        leaseMs: () => (this.tariffs.print === undefined ? leaseTimes.leaseMs : undefined),
        giveBack: async (handed) => this.ringer.queueUp(await givenBack(store, handed, leaseTimes.leaseMs)),
      },
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
      leaseMs: this.access.leaseTimes.leaseMs,
      onSwept: (items) => this.swept(items),
      onError: (error) => {
        measureSweep('error');
        this.report('sweep')(error);
      },
    });
    this.reckoner = new Reckoner({
      store: this.access.store,
      everyMs: this.settings.LUMINA_RECKON_INTERVAL,
      onReckoned: ({ settled, warnings }) => {
        measureSettledHolds(settled.length);
        this.stepLog.warned(warnings);
        if (settled.length > 0) this.log.warn({ event: 'holds settled', count: settled.length });
      },
      onError: this.report('reckon'),
    });
    await this.cancellations.start();
    await this.controls.start();
    await this.worker.ready();
    this.worker.start();
    this.sweeper.start();
    this.reckoner.start();
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
    const { worker, settings, letGo } = this;
    // Side by side: a sweep may have to wait for a store that is away.
    await Promise.all([
      this.sweeper?.stop(),
      this.reckoner?.stop(),
      worker && drainWithin(worker, settings.LUMINA_DRAIN_TIMEOUT, letGo),
    ]);
  }

  async stop(): Promise<void> {
    this.controls.stop();
    this.cancellations.stop();
    await this.ringer.close();
    await this.models.close();
    await this.telemetry.meter?.close();
    this.access.close();
  }

  private answerer(name: string): DoorbellWorkerOptions['answer'] {
    const { ringer } = this;
    const { store, leaseTimes, read } = this.access;
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
    const library = new AgentLibrary(store);
    const catalogue = new ToolCatalogue(read);
    const interventions = new Interventions({ store, ringer, agents: library, catalogue });
    const children = new ChildStarter({ ...shared, agents: this.agents, interventions });
    const steps = new StepRunner({
      ...shared,
      models: cachedClient(this.models.client, new RedisAnswerCache(read)),
      agents: library,
      catalogue,
      switches: this.switches,
      tenantPolicy: (tenant) => tenantPolicyOf(this.file, tenant),
      log: this.stepLog,
      tariffs: this.tariffs,
      defaultChain: () => this.models.defaultChain(),
      letGo: this.letGo.signal,
      tracing: this.telemetry.tracing,
    });
    return (doorbell, via, handed) =>
      itemKind(doorbell.item) === 'child' ? children.answer(doorbell) : steps.answer(doorbell, via, handed);
  }

  /** What is stuck is named, so that the page for it leads to a run. */
  private swept(items: readonly OverdueItem[]): void {
    measureSweep('ok');
    for (const item of items) {
      measureOverdue(item);
      const cause = stuckCause(item);
      if (cause === undefined) continue;
      const { run, item: name, rings, attempts } = item;
      this.log.warn({ event: 'run stuck', run, item: name, cause, rings, attempts });
    }
  }

  private report(event: string): (error: unknown) => void {
    return (error) => this.log.error({ event, err: error });
  }
}

const sha256 = (text: string): string => hash('sha256', text);
