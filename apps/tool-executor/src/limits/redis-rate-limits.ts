import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import type { LimitedCall, Passage, RateLimits } from './rate-limits';

const source = readFileSync(join(__dirname, 'take.lua'), 'utf8');
const sha = createHash('sha1').update(source).digest('hex');

const keyOf = ({ tenant, tool }: LimitedCall): string => `lum:limit:{${JSON.stringify([tenant, tool])}}`;

/** L1 by one script for each call, on the clock of Redis. */
export class RedisRateLimits implements RateLimits {
  constructor(private readonly redis: Redis) {}

  async take(call: LimitedCall): Promise<Passage> {
    const { calls, perMs } = call.limit;
    const given = [1, keyOf(call), calls, perMs, call.call] as const;
    const reply = await this.redis.evalsha(sha, ...given).catch((error: unknown) => {
      if (!(error as Error).message.startsWith('NOSCRIPT')) throw error;
      return this.redis.eval(source, ...given);
    });
    const [allowed, retryAfterMs] = reply as [number, number];
    return { isAllowed: allowed === 1, retryAfterMs };
  }
}
