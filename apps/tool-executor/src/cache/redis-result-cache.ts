import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import type { Claim, ResultCache } from './result-cache';

const releaseSource = readFileSync(join(__dirname, 'release.lua'), 'utf8');

const valueKey = (key: string): string => `lum:cache:{${key}}:value`;
const claimKey = (key: string): string => `lum:cache:{${key}}:claim`;

/** Everything that it writes lapses by itself. */
export class RedisResultCache implements ResultCache {
  constructor(private readonly redis: Redis) {}

  async read(key: string): Promise<string | undefined> {
    return (await this.redis.get(valueKey(key))) ?? undefined;
  }

  async write(key: string, content: string, lifeMs: number): Promise<void> {
    await this.redis.set(valueKey(key), content, 'PX', lifeMs);
  }

  async claim(key: string, owner: string, leaseMs: number): Promise<Claim> {
    const reply = await this.redis.set(claimKey(key), owner, 'PX', leaseMs, 'NX');
    return reply === 'OK' ? 'mine' : 'other';
  }

  async isClaimed(key: string): Promise<boolean> {
    return (await this.redis.exists(claimKey(key))) === 1;
  }

  async release(key: string, owner: string): Promise<void> {
    await this.redis.eval(releaseSource, 1, claimKey(key), owner);
  }
}
