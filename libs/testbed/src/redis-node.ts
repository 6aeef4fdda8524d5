import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeptProcess, commandLine } from './kept-process';
import { type Address, redisInfo } from './redis-command';
import type { Place } from './site';

interface NodePlan extends Place {
  readonly index: number;
  /** Lines of redis.conf besides the usual ones. */
  readonly settings: readonly string[];
}

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
    const lines = [
      `port ${this.address.port}`,
      `bind ${this.address.host}`,
      'protected-mode no',
      `dir ${this.folder}`,
      'save ""',
      'appendonly yes',
      'appendfsync everysec',
      'maxmemory-policy noeviction',
      'stream-node-max-bytes 1024',
      ...this.settings,
      ...(master === undefined ? [] : [`replicaof ${master.host} ${master.port}`]),
    ];
    writeFileSync(this.configFile, `${lines.join('\n')}\n`);
    this.process.start();
  }

  async role(): Promise<string | undefined> {
    return (await redisInfo(this.address, 'replication')).get('role');
  }
}
