import { type Heard, type QueueName, heardSchema } from '@lumina/contracts';
import type { Redis } from 'ioredis';
import { type Presence, presenceOf } from './directory';
import { knockChannel, presenceKey } from './names';

export interface DoormanOptions {
  readonly queue: QueueName;
  /** Unique to this worker. */
  readonly worker: string;
  readonly redis: Pick<Redis, 'hset' | 'hdel' | 'hgetall'>;
  /** A connection of its own: it subscribes. */
  readonly subscriber: Redis;
  /** How much room there is now, how long an answer takes of late, and what may be handed over. */
  readonly presence: () => Omit<Presence, 'untilMs'>;
  readonly onHeard: (heard: Heard) => void;
  readonly onError: (error: unknown) => void;
}

const announceEveryMs = 1_000;
/** A worker that has not said so for as long is not there. */
const lapseMs = 3_000;
const deadMs = 60_000;

/** Says that a worker is there, and hears who knocks. */
export class Doorman {
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: DoormanOptions) {}

  async start(): Promise<void> {
    const { queue, worker, subscriber } = this.options;
    subscriber.on('message', (_channel: string, text: string) => this.hear(text));
    await subscriber.subscribe(knockChannel(queue, worker));
    await this.forgetTheDead();
    await this.announce();
    this.timer = setInterval(() => void this.announce(), announceEveryMs);
    this.timer.unref();
  }

  /** Nobody new finds this worker; who has found it already is still heard, until `close`. */
  async leave(): Promise<void> {
    clearInterval(this.timer);
    const { redis, queue, worker } = this.options;
    await redis.hdel(presenceKey(queue), worker).catch(() => undefined);
  }

  close(): void {
    clearInterval(this.timer);
    this.options.subscriber.disconnect();
  }

  private async announce(): Promise<void> {
    const { redis, queue, worker, presence } = this.options;
    try {
      const said = presenceOf({ untilMs: Date.now() + lapseMs, ...presence() });
      await redis.hset(presenceKey(queue), worker, said);
    } catch {
      // Redis is away; its connection says so itself.
    }
  }

  /** Workers that went without a word long ago. */
  private async forgetTheDead(): Promise<void> {
    const { redis, queue } = this.options;
    const key = presenceKey(queue);
    const fields = await redis.hgetall(key).catch(() => ({}));
    const dead = Object.entries(fields).filter(([, text]) => Number.parseInt(text, 10) < Date.now() - deadMs);
    if (dead.length > 0) await redis.hdel(key, ...dead.map(([worker]) => worker)).catch(() => undefined);
  }

  private hear(text: string): void {
    try {
      this.options.onHeard(heardSchema.parse(JSON.parse(text)));
    } catch (error) {
      this.options.onError(new Error('a knock of an unknown contract', { cause: error }));
    }
  }
}
