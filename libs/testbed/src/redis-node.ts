import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeptProcess, commandLine } from './kept-process';
import { eventually } from './pause';
import { type Address, redisCommand, redisInfo } from './redis-command';
import type { Place } from './site';

interface NodePlan extends Place {
  readonly index: number;
  /** Lines of redis.conf besides the usual ones. */
  readonly settings: readonly string[];
}

const restoreMs = 60_000;

/** One Redis with its own folder, set up as production should be. */
export class RedisNode {
  readonly address: Address;
  readonly process: KeptProcess;
  private readonly folder: string;
  private readonly configFile: string;
  private readonly settings: readonly string[];

  constructor(folder: string, { host, port, index, prefix, settings }: NodePlan) {
    this.address = { host, port };
    this.settings = settings;
    this.folder = join(folder, `redis-${index}`);
    mkdirSync(this.folder, { recursive: true });
    this.configFile = join(this.folder, 'redis.conf');
    this.process = new KeptProcess({
      name: `redis-${index}`,
      ...commandLine([...prefix, 'redis-server', this.configFile]),
      env: { PATH: process.env['PATH'] ?? '' },
      logFile: join(folder, `redis-${index}.log`),
      hasChannel: false,
      isReady: async () => (await redisInfo(this.address, 'persistence')).get('loading') === '0',
      restartAfterMs: undefined,
    });
  }

  /** As master, or as a replica of `master`. */
  start(master: Address | undefined): void {
    this.configure(master, true);
    this.process.start();
  }

  /**
   * Starts as master with what a snapshot holds, in an empty folder. Redis reads a snapshot only where it keeps no append-only file, so
   * that is begun afterwards.
   */
  async restore(snapshot: string): Promise<void> {
    cpSync(snapshot, join(this.folder, 'dump.rdb'));
    this.configure(undefined, false);
    this.process.start();
    await this.process.ready();
    await redisCommand(this.address, 'CONFIG', 'SET', 'appendonly', 'yes');
    await eventually('the append-only file is begun', () => this.isAppending(), restoreMs);
    this.configure(undefined, true);
  }

  /** Has a snapshot written, and says where it is once it is whole. */
  async snapshot(): Promise<string> {
    await redisCommand(this.address, 'BGSAVE');
    await eventually(
      'a snapshot is written',
      async () => {
        const info = await redisInfo(this.address, 'persistence');
        return info.get('rdb_bgsave_in_progress') === '0' && info.get('rdb_last_bgsave_status') === 'ok';
      },
      restoreMs,
    );
    return join(this.folder, 'dump.rdb');
  }

  private async isAppending(): Promise<boolean> {
    const info = await redisInfo(this.address, 'persistence');
    const isBegun = info.get('aof_enabled') === '1' && info.get('aof_rewrite_in_progress') === '0';
    return (
      isBegun && info.get('aof_rewrite_scheduled') === '0' && info.get('aof_last_bgrewrite_status') === 'ok'
    );
  }

  private configure(master: Address | undefined, isAppending: boolean): void {
    const lines = [
      `port ${this.address.port}`,
      `bind ${this.address.host}`,
      'protected-mode no',
      `dir ${this.folder}`,
      'save ""',
      `appendonly ${isAppending ? 'yes' : 'no'}`,
      'appendfsync everysec',
      'maxmemory-policy noeviction',
      'stream-node-max-bytes 1024',
      ...this.settings,
      ...(master === undefined ? [] : [`replicaof ${master.host} ${master.port}`]),
    ];
    writeFileSync(this.configFile, `${lines.join('\n')}\n`);
  }

  async role(): Promise<string | undefined> {
    return (await redisInfo(this.address, 'replication')).get('role');
  }
}
