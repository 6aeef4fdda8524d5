import { once } from 'node:events';
import type { HealthSnapshot } from '@lumina/contracts';
import { type Models, modelsFromSettings } from '@lumina/models';
import { type RedisTarget, connectRedis, redisTarget } from '@lumina/platform';
import { HealthBoard, WorkSurveyor, durabilityOf } from '@lumina/store';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { v4 as uuidV4 } from 'uuid';
import {
  measureCluster,
  measureQueues,
  measureRedis,
  measureRound,
  measureSentinels,
  measureSyntheticRun,
  measureWork,
} from './metrics';
import { BullQueues } from './probes/bull-queues';
import { checkpointerProbe } from './probes/checkpointer-probe';
import { ownCluster } from './probes/cluster-client';
import { clusterProbe } from './probes/cluster-probe';
import { diskProbe } from './probes/disk-probe';
import { describeFault } from './probes/fault';
import { llmProbe } from './probes/llm-probe';
import type { Probe } from './probes/probe';
import { queuesProbe } from './probes/queues-probe';
import { redisProbe } from './probes/redis-probe';
import { rememberedProbe } from './probes/remembered-probe';
import { surveySentinels } from './probes/sentinel-survey';
import { sentinelsProbe } from './probes/sentinels-probe';
import { syntheticProbe } from './probes/synthetic-probe';
import { workProbe } from './probes/work-probe';
import type { Transition } from './rounds/history';
import { Rounds } from './rounds/rounds';
import type { HealthSettings } from './settings';
import { SyntheticRuns } from './synthetic/synthetic-runs';

type Log = Pick<Logger, 'info' | 'warn' | 'debug'>;

const firstConnectionMs = 1_000;
/** How long a cluster that was found well counts as well: its API is shared with everybody. */
const clusterLifeMs = 15_000;

/** The service without its HTTP shell: looks at everything in rounds and publishes what it saw. */
export class HealthMonitor {
  private readonly redis: Redis;
  private readonly board: HealthBoard;
  private readonly models: Models;
  private readonly queues: BullQueues;
  private readonly work: WorkSurveyor;
  private readonly rounds: Rounds;
  private readonly synthetic: SyntheticRuns | undefined;
  private isStopped = false;
  private redisFault: string | undefined;

  constructor(
    private readonly settings: HealthSettings,
    private readonly log: Log,
  ) {
    const target = redisTarget(settings);
    this.redis = this.connect(target);
    this.board = new HealthBoard(this.redis);
    this.models = modelsFromSettings(settings);
    this.queues = new BullQueues(this.redis, this.report('queues'));
    this.work = new WorkSurveyor(this.redis);
    this.synthetic = this.syntheticRuns();
    this.rounds = new Rounds({
      probes: this.probes(target),
      intervalMs: settings.LUMINA_HEALTH_INTERVAL,
      timeoutMs: settings.LUMINA_HEALTH_TIMEOUT,
      onRound: (snapshot, transitions) => this.tell(snapshot, transitions),
    });
  }

  /** What was seen last; undefined until the first round has ended. */
  get snapshot(): HealthSnapshot | undefined {
    return this.rounds.snapshot;
  }

  /** The last hundred changes, oldest first. */
  get transitions(): readonly Transition[] {
    return this.rounds.history.transitions;
  }

  async start(): Promise<void> {
    void this.begin();
  }

  /** Nothing is held that others wait for. */
  async drain(): Promise<void> {
    this.rounds.stop();
    this.synthetic?.stop();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.rounds.stop();
    this.synthetic?.stop();
    this.redis.disconnect();
    await this.models.close();
  }

  /** Ready while rounds end in time, whatever they find: to say that Redis is away is this service's work. */
  async check(): Promise<Readonly<Record<string, string | undefined>>> {
    if (this.snapshot === undefined) return { rounds: 'none has ended yet' };
    const overdueMs = this.rounds.overdueMs;
    if (overdueMs === undefined) return { rounds: undefined };
    return { rounds: `none has ended for ${Math.ceil(overdueMs / 1_000)} s` };
  }

  private probes(target: RedisTarget): readonly Probe[] {
    const { settings, redis, models, queues } = this;
    const { replicas } = durabilityOf(settings, target.kind === 'sentinel');
    const root = settings.LUMINA_WORKSPACE_ROOT;
    return [
      redisProbe(redis, { replicas, lastFault: () => this.redisFault, onLook: measureRedis }),
      ...(target.kind === 'sentinel'
        ? [sentinelsProbe({ look: () => surveySentinels(target), onLook: measureSentinels })]
        : []),
      checkpointerProbe(
        { writeAndReadBack: async (nonce) => this.connected(() => this.board.writeAndReadBack(nonce)) },
        uuidV4,
      ),
      rememberedProbe(llmProbe(models), settings.LUMINA_HEALTH_MODEL_INTERVAL),
      queuesProbe({
        look: async () => this.connected(() => queues.look()),
        maxAgeMs: settings.LUMINA_HEALTH_QUEUE_AGE,
        onLook: measureQueues,
      }),
      workProbe({
        look: async () => this.connected(() => this.work.look()),
        maxOverdueMs: settings.LUMINA_HEALTH_QUEUE_AGE,
        onLook: measureWork,
      }),
      ...(root === undefined ? [] : [diskProbe(root)]),
      ...(this.synthetic === undefined ? [] : [syntheticProbe(() => this.synthetic?.last)]),
      rememberedProbe(
        clusterProbe({
          look: settings.KUBERNETES_SERVICE_HOST === undefined ? undefined : ownCluster(),
          onLook: measureCluster,
        }),
        clusterLifeMs,
      ),
    ];
  }

  private syntheticRuns(): SyntheticRuns | undefined {
    const { settings } = this;
    const { LUMINA_SYNTHETIC_KEY: key } = settings;
    if (key() === undefined) return undefined;
    return new SyntheticRuns({
      url: settings.LUMINA_SYNTHETIC_URL,
      key: () => key() ?? '',
      agent: settings.LUMINA_SYNTHETIC_AGENT,
      intervalMs: settings.LUMINA_SYNTHETIC_INTERVAL,
      timeoutMs: settings.LUMINA_SYNTHETIC_TIMEOUT,
      onRun: (run) => {
        measureSyntheticRun(run);
        this.log.debug({ event: 'synthetic run', ...run });
      },
    });
  }

  /** Asks only while Redis is there: a question would otherwise wait for it, and the round with it. */
  private connected<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    if (this.redis.status !== 'ready') throw new Error('Redis is not connected');
    return ask();
  }

  private connect(target: RedisTarget): Redis {
    let wasReady = false;
    const redis = connectRedis(target, 'read', (error) => {
      this.redisFault = describeFault(error);
    });
    // A connection that comes or goes is worth a look at once; each vain attempt in between is not.
    redis.on('ready', () => {
      wasReady = true;
      this.redisFault = undefined;
      this.rounds.soon();
    });
    redis.on('close', () => {
      if (wasReady) this.rounds.soon();
      wasReady = false;
    });
    return redis;
  }

  /** Waits for the first connection or its first error, so that a start does not look like an outage. */
  private async begin(): Promise<void> {
    if (this.redis.status !== 'ready') {
      const signal = AbortSignal.timeout(firstConnectionMs);
      await once(this.redis, 'ready', { signal }).catch(() => undefined);
    }
    if (this.isStopped) return;
    this.rounds.start();
    this.synthetic?.start();
  }

  private tell(snapshot: HealthSnapshot, transitions: readonly Transition[]): void {
    measureRound(snapshot);
    for (const { subject, from, to, detail } of transitions) {
      const level = to === 'healthy' ? 'info' : 'warn';
      this.log[level]({ event: 'health', subject, from, to, detail });
    }
    // Only where a write has just worked: queued until Redis is back it would be old news, and a replica refuses it.
    if (snapshot.checks['checkpointer']?.isHealthy === true)
      this.board.publish(snapshot).catch(this.report('publish'));
  }

  private report(event: string): (error: unknown) => void {
    return (error) => this.log.debug({ event, detail: describeFault(error) });
  }
}
