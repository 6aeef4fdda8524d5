import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { luminaFileSchema } from '@lumina/agent';
import {
  HttpClient,
  type Service,
  type Tracing,
  configPath,
  crashPoint,
  endpointOf,
  readYamlFile,
} from '@lumina/platform';
import { Ringer, Schedules } from '@lumina/queue';
import {
  AgentLibrary,
  HealthBoard,
  Interventions,
  KeyRecords,
  McpPins,
  type RunStore,
  SpendingReport,
  StoreAccess,
  type EndedRuns,
  type ItemStore,
  type ThreadDirectory,
  ToolCatalogue,
  ToolSwitches,
  ledgerBudgets,
} from '@lumina/store';
import type { Logger } from 'pino';
import { AgentRegister } from './agents/agent-register';
import { ApiKeys } from './auth/api-keys';
import { Crons } from './crons/crons';
import { IssuedKeys } from './keys/issued-keys';
import { RunRequests } from './langgraph/run-requests';
import { RunStreams } from './langgraph/run-stream';
import { ResponseRequests } from './openai/response-requests';
import { ThreadRemoval } from './langgraph/thread-removal';
import { ThreadSearch } from './langgraph/thread-search';
import { ThreadViews } from './langgraph/thread-views';
import { measureUnthrottled } from './metrics';
import { RunFeed } from './runs/run-feed';
import { RunIntake } from './runs/run-intake';
import { RunWatch } from './runs/run-watch';
import type { GatewaySettings } from './settings';
import { Permits } from './throttle/permits';
import { MadeOnce } from './runs/made-once';
import { Plans } from './throttle/plans';
import { StreamSlots } from './throttle/stream-slots';
import { ToolControl } from './tools/tool-control';
import type { Spending } from './usage/budgets.controller';
import { Aftermath } from './webhooks/aftermath';
import { WebhookCalls } from './webhooks/webhook-calls';

/** Within this all streams have ended, where a service may take so long to drain: their clients are another gateway's burden then. */
export const partingMs = (drainTimeoutMs: number): number => drainTimeoutMs / 4;

type Log = Pick<Logger, 'info' | 'warn' | 'error'>;

/** What the gateway's routes work with. The gateway keeps no state: any of them can serve any request. */
export class Gateway implements Service {
  readonly keys: ApiKeys;
  readonly issuedKeys: IssuedKeys;
  readonly agents: AgentRegister;
  readonly store: RunStore;
  readonly intake: RunIntake;
  readonly interventions: Interventions;
  readonly requests: RunRequests;
  readonly streams: RunStreams;
  readonly responses: ResponseRequests;
  readonly runs: RunWatch;
  readonly health: HealthBoard;
  readonly madeOnce: MadeOnce;
  readonly toolControl: ToolControl;
  readonly spending: Spending;
  readonly definitions: AgentLibrary;
  readonly directory: ThreadDirectory;
  readonly items: ItemStore;
  readonly threadSearch: ThreadSearch;
  readonly threadRemoval: ThreadRemoval;
  readonly endedRuns: EndedRuns;
  readonly crons: Crons;
  readonly plans: Plans;
  readonly permits: Permits;
  readonly slots: StreamSlots;
  private readonly schedules: Schedules;
  readonly webhookSecret = (): string => this.madeSecret;
  private madeSecret = '';
  private readonly aftermath: Aftermath;
  private readonly http: HttpClient;
  private readonly access: StoreAccess;
  private readonly feed: RunFeed;
  private readonly ringer: Ringer;

  constructor(
    private readonly settings: GatewaySettings,
    private readonly log: Log,
    tracing?: Tracing,
  ) {
    this.keys = new ApiKeys(settings.LUMINA_API_KEYS());
    this.access = new StoreAccess(settings, this.report('redis'));
    this.store = this.access.store;
    this.issuedKeys = this.newIssuedKeys();
    const path = configPath(settings.LUMINA_CONFIG, __dirname);
    const file = readYamlFile(path, luminaFileSchema);
    this.plans = new Plans(file);
    [this.permits, this.slots] = this.newThrottle();
    this.agents = new AgentRegister(file, this.store, statSync(path).mtimeMs);
    this.directory = this.access.threads;
    this.items = this.access.items;
    this.ringer = new Ringer(this.access.queueConnection(), this.report('ring'), this.access.read);
    this.intake = new RunIntake(this.store, this.ringer, this.agents, {
      maxTenantRuns: settings.LUMINA_TENANT_MAX_RUNS,
      budgets: ledgerBudgets(file.budgets),
      reached: crashPoint(settings.LUMINA_CRASH_AT),
      tracing,
    });
    const catalogue = new ToolCatalogue(this.access.read);
    this.definitions = new AgentLibrary(this.store);
    this.toolControl = this.newToolControl(catalogue, Object.keys(file.mcpServers));
    const { store, ringer, intake } = this;
    const interventions = new Interventions({ store, ringer, agents: this.definitions, catalogue });
    this.interventions = interventions;
    this.requests = new RunRequests({ store, intake, interventions });
    this.feed = new RunFeed(this.store, this.access.blocking(), {
      doubtAfterMs: settings.LUMINA_HEARTBEAT,
      confirm: () => this.access.confirm(),
    });
    this.streams = new RunStreams(this.store, this.feed);
    this.responses = new ResponseRequests({ store, intake, interventions });
    this.runs = new RunWatch(this.store, this.feed);
    this.threadSearch = new ThreadSearch(this.directory, new ThreadViews(store), this.agents);
    const { directory, streams } = this;
    this.threadRemoval = new ThreadRemoval({ store, directory, interventions, streams });
    this.endedRuns = this.access.endedRuns;
    this.http = this.newHttpClient();
    this.aftermath = this.newAftermath();
    this.schedules = new Schedules({
      connection: this.access.queueConnection(),
      onDue: (due) => this.crons.due(due),
      onError: this.report('schedules'),
    });
    const { requests, agents, schedules } = this;
    this.crons = new Crons({ records: this.access.crons, schedules, requests, agents, log });
    this.health = new HealthBoard(this.access.read);
    this.madeOnce = new MadeOnce(this.access.read);
    this.spending = {
      report: new SpendingReport(this.access.read),
      budgets: ledgerBudgets(file.budgets),
      agents: Object.keys(file.agents),
    };
  }

  async start(): Promise<void> {
    await Promise.all(this.agents.list().map((agent) => this.agents.put(agent)));
    const secret = this.settings.LUMINA_WEBHOOK_SECRET();
    this.madeSecret = secret ?? (await this.endedRuns.secret(randomBytes(32).toString('base64url')));
    await this.feed.start();
    this.aftermath.start();
    this.permits.start();
    this.slots.start();
    await this.crons.restore();
    this.schedules.start();
    this.log.info({ event: 'started', agents: this.agents.list().map(({ definition }) => definition.name) });
  }

  async check(): Promise<Readonly<Record<string, string | undefined>>> {
    return { redis: this.access.fault() };
  }

  /** Streams end here; their clients come back with their cursors, to another gateway. */
  async drain(): Promise<void> {
    const withinMs = partingMs(this.settings.LUMINA_DRAIN_TIMEOUT);
    await Promise.all([this.feed.stop(withinMs), this.aftermath.stop(), this.schedules.close()]);
  }

  async stop(): Promise<void> {
    this.slots.stop();
    await this.permits.stop();
    this.http.close();
    await this.ringer.close();
    this.access.close();
  }

  private newHttpClient(): HttpClient {
    return new HttpClient({
      trusted: (this.settings.LUMINA_HTTP_ALLOW ?? []).map(endpointOf),
      refused: this.settings.LUMINA_HTTP_REFUSE ?? [],
      retries: 0,
    });
  }

  private newThrottle(): [Permits, StreamSlots] {
    const counting = {
      ...{ redis: this.access.read, patienceMs: 250 },
      ...{ onUnavailable: measureUnthrottled, onError: this.report('throttle') },
    };
    const permits = new Permits({ ...counting, nowMs: () => performance.now() });
    return [permits, new StreamSlots({ ...counting, leaseMs: 30_000 })];
  }

  private newToolControl(catalogue: ToolCatalogue, servers: readonly string[]): ToolControl {
    const { writer, read } = this.access;
    return new ToolControl({
      catalogue,
      switches: new ToolSwitches(writer, read),
      pins: new McpPins(writer, read),
      servers,
      audit: (record) => this.log.info({ event: 'audit', ...record }),
      nowMs: Date.now,
    });
  }

  private newIssuedKeys(): IssuedKeys {
    const { LUMINA_KEY_PEPPER: pepper, LUMINA_KEY_MEMORY: rememberMs } = this.settings;
    const records = new KeyRecords(this.access.read, () => this.access.confirm());
    return new IssuedKeys(records, {
      pepper,
      rememberMs,
      nowMs: Date.now,
      onError: this.report('key use'),
    });
  }

  private newAftermath(): Aftermath {
    const { store, endedRuns, threadRemoval: removal, log } = this;
    const calls = new WebhookCalls(this.http, this.webhookSecret);
    const times = { lookMs: 1_000, firstPauseMs: this.settings.LUMINA_WEBHOOK_PAUSE };
    return new Aftermath({ store, endedRuns, calls, removal, log }, times);
  }

  private report(event: string): (error: unknown) => void {
    return (error) => this.log.error({ event, err: error });
  }
}
