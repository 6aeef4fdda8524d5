import { type HealthSnapshot, healthSnapshotSchema } from '@lumina/contracts';
import type { Redis } from 'ioredis';
import { keys } from './keys';

/** Where the health service leaves what it saw, for gateways to read. It lapses by itself when nobody looks any more. */
export class HealthBoard {
  constructor(
    private readonly redis: Redis,
    private readonly lifeMs = 30_000,
  ) {}

  async publish(snapshot: HealthSnapshot): Promise<void> {
    await this.redis.set(keys.health, JSON.stringify(snapshot), 'PX', this.lifeMs);
  }

  async read(): Promise<HealthSnapshot | undefined> {
    const json = await this.redis.get(keys.health);
    return json === null ? undefined : healthSnapshotSchema.parse(JSON.parse(json));
  }

  /** Writes something and reads it back, as the store would. @throws Error when what comes back is not what was written */
  async writeAndReadBack(nonce: string): Promise<void> {
    const key = `${keys.health}:probe:${nonce}`;
    const replies = await this.redis.multi().set(key, nonce, 'PX', 10_000).get(key).del(key).exec();
    if (replies?.[1]?.[1] !== nonce) throw new Error('what was written did not come back');
  }
}
