import type { Redis } from 'ioredis';
import { DurableWriter } from '../durable-writer';
import { EndedRuns } from '../ended-runs';
import { ItemStore } from '../item-store';
import { RedisRunStore } from '../redis-run-store';
import { ThreadDirectory } from '../thread-directory';
import { connected } from './connection';
import { times } from './fixtures';

/** For tests: all that is kept in one Redis. */
export class StoreBench {
  readonly store: RedisRunStore;
  readonly threads: ThreadDirectory;
  readonly items: ItemStore;
  readonly endedRuns: EndedRuns;

  private constructor(
    private readonly write: Redis,
    readonly redis: Redis,
  ) {
    const writer = new DurableWriter(write, { replicas: 0, waitMs: 500, deadlineMs: 5_000 });
    this.store = new RedisRunStore(writer, redis, times);
    this.threads = new ThreadDirectory(writer, redis);
    this.items = new ItemStore(writer, redis);
    this.endedRuns = new EndedRuns(writer, redis);
  }

  /** On the Redis at this port of loopback. */
  static async on(port: number): Promise<StoreBench> {
    return new StoreBench(await connected(port, 'write'), await connected(port, 'read'));
  }

  /** Empty again, but for one agent. */
  async clear(): Promise<void> {
    await this.redis.flushall();
    await this.store.putAgent('d1', '{"name":"lumina"}');
  }

  /** All keys that there are, without what is kept for everybody. */
  async keys(): Promise<readonly string[]> {
    const all = await this.redis.keys('*');
    return all.filter((key) => !/:(agent:|load|live$|confirmed$|newest:|due$)/.test(key)).sort();
  }

  close(): void {
    this.write.disconnect();
    this.redis.disconnect();
  }
}
