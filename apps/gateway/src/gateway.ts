import { luminaFileSchema } from '@lumina/agent';
import { type Service, configPath, crashPoint, readYamlFile } from '@lumina/platform';
import { Ringer } from '@lumina/queue';
import {
  AgentLibrary,
  HealthBoard,
  McpPins,
  type RunStore,
  StoreAccess,
  ToolCatalogue,
  ToolSwitches,
} from '@lumina/store';
import type { Logger } from 'pino';
import { AgentRegister } from './agents/agent-register';
import { ApiKeys } from './auth/api-keys';
import { Interventions } from './interventions/interventions';
import { RunRequests } from './langgraph/run-requests';
import { RunStreams } from './langgraph/run-stream';
import { RunFeed } from './runs/run-feed';
import { RunIntake } from './runs/run-intake';
import type { GatewaySettings } from './settings';
import { ToolControl } from './tools/tool-control';

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
  readonly health: HealthBoard;
  readonly toolControl: ToolControl;
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
      reached: crashPoint(settings.LUMINA_CRASH_AT),
    });
    const catalogue = new ToolCatalogue(this.access.read);
    this.interventions = new Interventions({
      store: this.store,
      ringer: this.ringer,
      agents: new AgentLibrary(this.store),
      catalogue,
    });
    this.toolControl = new ToolControl({
      catalogue,
      switches: new ToolSwitches(this.access.writer, this.access.read),
      pins: new McpPins(this.access.writer, this.access.read),
      servers: Object.keys(file.mcpServers),
      audit: (record) => this.log.info({ event: 'audit', ...record }),
      nowMs: Date.now,
    });
    const { store, intake, interventions } = this;
    this.requests = new RunRequests({ store, intake, interventions });
    this.feed = new RunFeed(this.store, this.access.blocking(), {
      doubtAfterMs: settings.LUMINA_HEARTBEAT,
      confirm: () => this.access.confirm(),
    });
    this.streams = new RunStreams(this.store, this.feed);
    this.health = new HealthBoard(this.access.read);
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
