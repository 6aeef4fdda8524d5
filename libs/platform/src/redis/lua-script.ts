import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

/** A script that Redis knows by its digest, and is told again after it forgot. */
export class LuaScript {
  private readonly sha: string;

  constructor(private readonly source: string) {
    this.sha = createHash('sha1').update(source).digest('hex');
  }

  async run(redis: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    const given = [keys.length, ...keys, ...args] as const;
    return redis.evalsha(this.sha, ...given).catch((error: unknown) => {
      if (!(error as Error).message.startsWith('NOSCRIPT')) throw error;
      return redis.eval(this.source, ...given);
    });
  }
}
