import type { Redis } from 'ioredis';
import { keys } from './keys';

/** A tenant's answers have this many places; a new one takes the place that its digest names, whoever was there. */
const places = 1_000;
const mostBytes = 32_768;
/** After this time without a new answer a tenant's cache is gone as a whole. */
const forgottenAfterMs = 7 * 86_400_000;

/** Answers of models, in Redis: for each tenant a hash of so many places, each of so many bytes, so that it cannot grow beyond that. */
export class RedisAnswerCache {
  constructor(
    private readonly redis: Redis,
    private readonly nowMs: () => number = Date.now,
  ) {}

  async get(tenant: string, digest: string): Promise<string | undefined> {
    const entry = await this.redis.hget(keys.answers(tenant), placeOf(digest));
    const [, kept, untilMs, json] = /^(\S+) (\d+) (.*)$/s.exec(entry ?? '') ?? [];
    return kept === digest && Number(untilMs) > this.nowMs() ? json : undefined;
  }

  async put(tenant: string, digest: string, json: string, ttlMs: number): Promise<void> {
    if (Buffer.byteLength(json) > mostBytes) return;
    const key = keys.answers(tenant);
    const entry = `${digest} ${this.nowMs() + ttlMs} ${json}`;
    await this.redis.multi().hset(key, placeOf(digest), entry).pexpire(key, forgottenAfterMs).exec();
  }

  /** Empties the place of a question, whoever is there by now: an answer the less is asked for anew. */
  async drop(tenant: string, digest: string): Promise<void> {
    await this.redis.hdel(keys.answers(tenant), placeOf(digest));
  }
}

const placeOf = (digest: string): string => String(Buffer.from(digest, 'base64url').readUInt32BE(0) % places);
