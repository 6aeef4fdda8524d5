import {
  type RedisTarget,
  connectRedis,
  masterTrust,
  redisOptions,
  redisTarget,
  type redisSettings,
  type Settings,
} from '@lumina/platform';
import type { Redis, RedisOptions } from 'ioredis';
import type { LeaseTimes } from './lease-keeper';
import { CronStore } from './cron-store';
import { DurableWriter } from './durable-writer';
import { EndedRuns } from './ended-runs';
import { ItemStore } from './item-store';
import { durabilityOf, leaseTimesOf, storeTimesOf, type storeSettings } from './store-settings';
import { RedisRunStore } from './redis-run-store';
import { ThreadDirectory } from './thread-directory';

type AccessSettings = Settings<typeof redisSettings> & Settings<typeof storeSettings>;

/** One process's way to the run store: its connections, each for its purpose, and the store on them. */
export class StoreAccess {
  readonly store: RedisRunStore;
  /** Carries the scripts of what is kept beside the runs, as durably as theirs. */
  readonly writer: DurableWriter;
  readonly threads: ThreadDirectory;
  readonly items: ItemStore;
  readonly endedRuns: EndedRuns;
  readonly crons: CronStore;
  /** For reading, and for what is not part of the store's protocol. */
  readonly read: Redis;
  readonly leaseTimes: LeaseTimes;
  private readonly target: RedisTarget;
  private readonly write: Redis;

  /** @throws SettingsError when the settings name no Redis, or two */
  constructor(
    settings: AccessSettings,
    private readonly onError: (error: unknown) => void,
  ) {
    this.target = redisTarget(settings);
    this.write = connectRedis(this.target, 'write', onError);
    this.read = connectRedis(this.target, 'read', onError);
    this.leaseTimes = leaseTimesOf(settings);
    const durability = durabilityOf(settings, this.target.kind === 'sentinel');
    this.writer = new DurableWriter(this.write, durability, masterTrust(this.target));
    this.store = new RedisRunStore(this.writer, this.read, storeTimesOf(settings));
    this.threads = new ThreadDirectory(this.writer, this.read);
    this.items = new ItemStore(this.writer, this.read);
    this.endedRuns = new EndedRuns(this.writer, this.read);
    this.crons = new CronStore(this.writer, this.read);
  }

  /** A new connection for one blocking reader or one subscriber, who closes it. */
  blocking(): Redis {
    return connectRedis(this.target, 'block', this.onError);
  }

  /** Resolves when all that could be read at the time of the call is as durable as promised. */
  confirm(): Promise<void> {
    return this.store.confirm();
  }

  /** What BullMQ makes its own connections from. */
  queueConnection(): RedisOptions {
    return redisOptions(this.target, 'queue');
  }

  /** What is wrong with the connections now; undefined when nothing is. */
  fault(): string | undefined {
    const isConnected = this.write.status === 'ready' && this.read.status === 'ready';
    return isConnected ? undefined : `not connected (${this.write.status})`;
  }

  close(): void {
    this.write.disconnect();
    this.read.disconnect();
  }
}
