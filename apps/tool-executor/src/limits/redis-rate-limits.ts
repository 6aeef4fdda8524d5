import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LuaScript } from '@lumina/platform';
import type { Redis } from 'ioredis';
import { type LimitedCall, type Passage, type RateLimits, windowsOf } from './rate-limits';

const script = new LuaScript(readFileSync(join(__dirname, 'take.lua'), 'utf8'));

const tenantKey = ({ tenant, tool }: LimitedCall): string => `lum:limit:{${JSON.stringify([tenant, tool])}}`;
const userKey = (call: LimitedCall): string => `${tenantKey(call)}:user:${call.user ?? ''}`;

/** L1 by one script for each call, on the clock of Redis. */
export class RedisRateLimits implements RateLimits {
  constructor(private readonly redis: Redis) {}

  async take(call: LimitedCall): Promise<Passage> {
    const windows = windowsOf(call);
    const keys = windows.map(({ scope }) => (scope === 'user' ? userKey(call) : tenantKey(call)));
    const args = [call.limit.perMs, call.call, ...windows.map(({ calls }) => calls)];
    const reply = await script.run(this.redis, keys, args);
    const [full, retryAfterMs] = reply as [number, number];
    const refusing = windows[full - 1];
    return refusing === undefined ? { kind: 'allowed' } : { kind: 'refused', ...refusing, retryAfterMs };
  }
}
