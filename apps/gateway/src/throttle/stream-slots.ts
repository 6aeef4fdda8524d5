import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LuaScript } from '@lumina/platform';
import type { Redis } from 'ioredis';
import { inTime } from './permits';

const script = new LuaScript(readFileSync(join(__dirname, 'slots.lua'), 'utf8'));

/** What a stream is counted for, and how many of it there may be. */
export interface SlotLimit {
  readonly scope: 'key' | 'tenant';
  readonly name: string;
  readonly limit: number;
}

export type Entry =
  | { readonly kind: 'entered'; readonly leave: () => void }
  | { readonly kind: 'full'; readonly by: SlotLimit };

export interface SlotOptions {
  readonly redis: Redis;
  readonly onUnavailable: () => void;
  readonly onError: (error: unknown) => void;
  readonly patienceMs: number;
  /** After this a stream of a gateway that died is counted no more. */
  readonly leaseMs: number;
}

interface Held {
  readonly keys: readonly string[];
  readonly limits: readonly number[];
}

/**
 * Streams that are open, counted over all gateways: exactly, but for those of a gateway that died, which count for one lease more.
 * While Redis does not answer, every stream is let in.
 */
export class StreamSlots {
  private readonly held = new Map<string, Held>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: SlotOptions) {}

  start(): void {
    this.timer = setInterval(() => this.renew(), this.options.leaseMs / 3);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** @param tenant whose sets they are: a key's and its tenant's lie together */
  async enter(tenant: string, slots: readonly SlotLimit[]): Promise<Entry> {
    const stream = randomUUID();
    const keys = slots.map(({ scope, name }) => `lum:streams:{${tenant}}:${scope}:${name}`);
    const held = { keys, limits: slots.map(({ limit }) => limit) };
    const by = slots[(await this.told(stream, held)) - 1];
    if (by !== undefined) return { kind: 'full', by };
    this.held.set(stream, held);
    return { kind: 'entered', leave: () => this.leave(stream, keys) };
  }

  private async told(stream: string, { keys, limits }: Held): Promise<number> {
    const { redis, leaseMs, patienceMs, onUnavailable } = this.options;
    try {
      if (redis.status !== 'ready') throw new Error('Redis is not connected');
      return Number(await inTime(script.run(redis, keys, [stream, leaseMs, ...limits]), patienceMs));
    } catch {
      onUnavailable();
      return 0;
    }
  }

  private renew(): void {
    const { redis, leaseMs, onError } = this.options;
    if (redis.status !== 'ready') return;
    for (const [stream, { keys, limits }] of this.held) {
      script.run(redis, keys, [stream, leaseMs, ...limits]).catch(onError);
    }
  }

  private leave(stream: string, keys: readonly string[]): void {
    const { redis, onError } = this.options;
    if (!this.held.delete(stream) || redis.status !== 'ready') return;
    for (const key of keys) redis.zrem(key, stream).catch(onError);
  }
}
