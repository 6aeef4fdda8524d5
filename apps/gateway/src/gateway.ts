import { luminaFileSchema } from '@lumina/agent';
import {
  configPath,
  connectRedis,
  crashPoint,
  readYamlFile,
  redisOptions,
  redisTarget,
} from '@lumina/platform';
import { Ringer } from '@lumina/queue';
import {
  AgentLibrary,
  HealthBoard,
  type RunStore,
  ToolCatalogue,
  durabilityOf,
  openRunStore,
  storeTimesOf,
} from '@lumina/store';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { AgentRegister } from './agents/agent-register';
import { ApiKeys } from './auth/api-keys';
import { Interventions } from './interventions/interventions';
import { RunRequests } from './langgraph/run-requests';
import { RunStreams } from './langgraph/run-stream';
import { RunFeed } from './runs/run-feed';
import { RunIntake } from './runs/run-intake';
import type { GatewaySettings } from './settings';

type Log = Pick<Logger, 'info' | 'warn' | 'error'>;

/** What the gateway's routes work with. The gateway keeps no state: any of them can serve any request. */
export class Gateway {
  readonly keys: ApiKeys;
  readonly agents: AgentRegister;
  readonly store: RunStore;
  readonly intake: RunIntake;
  readonly interventions: Interventions;
  readonly requests: RunRequests;
  readonly streams: RunStreams;
  readonly health: HealthBoard;
  private readonly connections: { readonly write: Redis; readonly read: Redis };
  private readonly feed: RunFeed;
  private readonly ringer: Ringer;

  constructor(
    settings: GatewaySettings,
    private readonly log: Log,
  ) {
    this.keys = new ApiKeys(settings.LUMINA_API_KEYS());
    const target = redisTarget(settings);
    const onError = this.report('redis');
    this.connections = {
      write: connectRedis(target, 'write', onError),
      read: connectRedis(target, 'read', onError),
    };
    const durability = durabilityOf(settings, target.kind === 'sentinel');
    this.store = openRunStore(this.connections, durability, storeTimesOf(settings));
    const file = readYamlFile(configPath(settings.LUMINA_CONFIG, __dirname), luminaFileSchema);
    this.agents = new AgentRegister(file, this.store);
    this.ringer = new Ringer(redisOptions(target, 'queue'), this.report('ring'));
    this.intake = new RunIntake(this.store, this.ringer, this.agents, crashPoint(settings.LUMINA_CRASH_AT));
    this.interventions = new Interventions({
      store: this.store,
      ringer: this.ringer,
      agents: new AgentLibrary(this.store),
      catalogue: new ToolCatalogue(this.connections.read),
    });
    const { store, intake, interventions } = this;
    this.requests = new RunRequests({ store, intake, interventions });
    const blocking = connectRedis(target, 'block', onError);
    this.feed = new RunFeed(this.store, blocking, { doubtAfterMs: settings.LUMINA_HEARTBEAT });
    this.streams = new RunStreams(this.store, this.feed);
    this.health = new HealthBoard(this.connections.read);
  }

  async start(): Promise<void> {
    await Promise.all(this.agents.list().map((agent) => this.agents.put(agent)));
    await this.feed.start();
    this.log.info({ event: 'started', agents: this.agents.list().map(({ definition }) => definition.name) });
  }

  async stop(): Promise<void> {
    await this.feed.stop();
    await this.ringer.close();
    this.connections.write.disconnect();
    this.connections.read.disconnect();
  }

  async check(): Promise<Readonly<Record<string, string | undefined>>> {
    const { write, read } = this.connections;
    const isConnected = write.status === 'ready' && read.status === 'ready';
    return { redis: isConnected ? undefined : `not connected (${write.status})` };
  }

  private report(event: string): (error: unknown) => void {
    return (error) => this.log.error({ event, err: error });
  }
}
