import { luminaFileSchema } from '@lumina/agent';
import { type Service, configPath, crashPoint, readYamlFile } from '@lumina/platform';
import { Ringer } from '@lumina/queue';
import {
  AgentLibrary,
  HealthBoard,
  type RunStore,
  SpendingReport,
  StoreAccess,
  ToolCatalogue,
  ledgerBudgets,
} from '@lumina/store';
import type { Logger } from 'pino';
import { AgentRegister } from './agents/agent-register';
import { ApiKeys } from './auth/api-keys';
import { Interventions } from './interventions/interventions';
import { RunRequests } from './langgraph/run-requests';
import { RunStreams } from './langgraph/run-stream';
import { ResponseRequests } from './openai/response-requests';
import { RunFeed } from './runs/run-feed';
import { RunIntake } from './runs/run-intake';
import { RunWatch } from './runs/run-watch';
import type { GatewaySettings } from './settings';
import type { Spending } from './usage/budgets.controller';

type Log = Pick<Logger, 'info' | 'warn' | 'error'>;

/** What the gateway's routes work with. The gateway keeps no state: any of them can serve any request. */
export class Gateway implements Service {
  readonly keys: ApiKeys;
  readonly agents: AgentRegister;
  readonly store: RunStore;
  readonly intake: RunIntake;
  readonly interventions: Interventions;
  readonly requests: RunRequests;
  readonly streams: RunStreams;
  readonly responses: ResponseRequests;
  readonly runs: RunWatch;
  readonly health: HealthBoard;
  readonly spending: Spending;
  readonly definitions: AgentLibrary;
  private readonly access: StoreAccess;
  private readonly feed: RunFeed;
  private readonly ringer: Ringer;

  constructor(
    settings: GatewaySettings,
    private readonly log: Log,
  ) {
    this.keys = new ApiKeys(settings.LUMINA_API_KEYS());
    this.access = new StoreAccess(settings, this.report('redis'));
    this.store = this.access.store;
    const file = readYamlFile(configPath(settings.LUMINA_CONFIG, __dirname), luminaFileSchema);
    this.agents = new AgentRegister(file, this.store);
    this.ringer = new Ringer(this.access.queueConnection(), this.report('ring'), this.access.read);
    this.intake = new RunIntake(this.store, this.ringer, this.agents, {
      maxTenantRuns: settings.LUMINA_TENANT_MAX_RUNS,
      budgets: ledgerBudgets(file.budgets),
      reached: crashPoint(settings.LUMINA_CRASH_AT),
    });
    this.definitions = new AgentLibrary(this.store);
    this.interventions = new Interventions({
      store: this.store,
      ringer: this.ringer,
      agents: this.definitions,
      catalogue: new ToolCatalogue(this.access.read),
    });
    const { store, intake, interventions } = this;
    this.requests = new RunRequests({ store, intake, interventions });
    this.feed = new RunFeed(this.store, this.access.blocking(), {
      doubtAfterMs: settings.LUMINA_HEARTBEAT,
      confirm: () => this.access.confirm(),
    });
    this.streams = new RunStreams(this.store, this.feed);
    this.responses = new ResponseRequests({ store, intake, interventions });
    this.runs = new RunWatch(this.store, this.feed);
    this.health = new HealthBoard(this.access.read);
    this.spending = {
      report: new SpendingReport(this.access.read),
      budgets: ledgerBudgets(file.budgets),
      agents: Object.keys(file.agents),
    };
  }

  async start(): Promise<void> {
    await Promise.all(this.agents.list().map((agent) => this.agents.put(agent)));
    await this.feed.start();
    this.log.info({ event: 'started', agents: this.agents.list().map(({ definition }) => definition.name) });
  }

  async check(): Promise<Readonly<Record<string, string | undefined>>> {
    return { redis: this.access.fault() };
  }

  /** Streams end here; their clients come back with their cursors, to another gateway. */
  async drain(): Promise<void> {
    await this.feed.stop();
  }

  async stop(): Promise<void> {
    await this.ringer.close();
    this.access.close();
  }

  private report(event: string): (error: unknown) => void {
    return (error) => this.log.error({ event, err: error });
  }
}
