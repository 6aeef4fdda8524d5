import { type ToolOffer, toolOfferSchema } from '@lumina/contracts';
import type { Redis } from 'ioredis';
import { keys } from './keys';

/**
 * The tools that executors offer. Every executor publishes what it can run and says so again before the offer lapses, so
 * that a tool nobody runs any more disappears by itself; orchestrators only read.
 */
export class ToolCatalogue {
  private known: ReadonlyMap<string, ToolOffer> = new Map();
  private readAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly redis: Redis,
    private readonly lifeMs = 30_000,
    private readonly cacheMs = 2_000,
  ) {}

  async publish(offers: readonly ToolOffer[]): Promise<void> {
    const lapsesAtMs = Date.now() + this.lifeMs;
    const fields = offers.flatMap((offer) => [offer.name, JSON.stringify({ lapsesAtMs, offer })]);
    if (fields.length > 0) await this.redis.hset(keys.tools, ...fields);
  }

  /** The names of all that was ever offered: what operators may speak of although nobody offers it now. */
  async names(): Promise<ReadonlySet<string>> {
    return new Set(await this.redis.hkeys(keys.tools));
  }

  /** The offers that have not lapsed, by name; at most `cacheMs` old. */
  async offers(): Promise<ReadonlyMap<string, ToolOffer>> {
    if (Date.now() - this.readAtMs < this.cacheMs && this.known.size > 0) return this.known;
    const fields = await this.redis.hgetall(keys.tools);
    const now = Date.now();
    const published = Object.values(fields).map(
      (json) => JSON.parse(json) as { lapsesAtMs: number; offer: unknown },
    );
    const offers = published
      .filter(({ lapsesAtMs }) => lapsesAtMs > now)
      .map(({ offer }) => toolOfferSchema.parse(offer));
    this.known = new Map(offers.map((offer) => [offer.name, offer]));
    this.readAtMs = now;
    return this.known;
  }
}
