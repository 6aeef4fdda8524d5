import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { type LimitedCall, type Passage, type RateLimits, windowsOf } from './rate-limits';

const source = readFileSync(join(__dirname, 'take.lua'), 'utf8');
const sha = createHash('sha1').update(source).digest('hex');

const tenantKey = ({ tenant, tool }: LimitedCall): string => `lum:limit:{${JSON.stringify([tenant, tool])}}`;
const userKey = (call: LimitedCall): string => `${tenantKey(call)}:user:${call.user ?? ''}`;

/** L1 by one script for each call, on the clock of Redis. */
export class RedisRateLimits implements RateLimits {
  constructor(private readonly redis: Redis) {}

  async take(call: LimitedCall): Promise<Passage> {
    const windows = windowsOf(call);
    const keys = windows.map(({ scope }) => (scope === 'user' ? userKey(call) : tenantKey(call)));
    const limits = windows.map(({ calls }) => calls);
    const given = [keys.length, ...keys, call.limit.perMs, call.call, ...limits] as const;
    const reply = await this.redis.evalsha(sha, ...given).catch((error: unknown) => {
      if (!(error as Error).message.startsWith('NOSCRIPT')) throw error;
      return this.redis.eval(source, ...given);
    });
    const [full, retryAfterMs] = reply as [number, number];
    const refusing = windows[full - 1];
    return refusing === undefined ? { kind: 'allowed' } : { kind: 'refused', ...refusing, retryAfterMs };
  }
}
