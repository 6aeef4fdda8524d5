import type { QueueName } from '@lumina/contracts';
import type { Redis } from 'ioredis';
import { presenceKey } from './names';

/** How a worker says that it is there: "<until, ms since the epoch> <places that are free>". */
export const presenceOf = (untilMs: number, free: number): string => `${untilMs} ${free}`;

interface Present {
  readonly worker: string;
  readonly untilMs: number;
  free: number;
}

const cacheMs = 250;

/**
 * Who is there to be knocked at. A view of a moment ago, and of clocks that may differ: whoever is picked in error sends the doorbell on, or
 * is found not to be there.
 */
export class Directory {
  private present: Present[] = [];
  private readAtMs = Number.NEGATIVE_INFINITY;
  private isReading = false;

  constructor(
    private readonly redis: Pick<Redis, 'hgetall'>,
    private readonly queue: QueueName,
    private readonly nowMs: () => number = Date.now,
  ) {}

  /** The worker with the most room, if it has enough for `count`; what is picked counts until the next look. */
  pick(count: number): string | undefined {
    const now = this.nowMs();
    if (now - this.readAtMs >= cacheMs) void this.read();
    const there = this.present.filter(({ untilMs, free }) => untilMs > now && free >= count);
    const best = there.reduce<Present | undefined>(
      (most, one) => (most === undefined || one.free > most.free ? one : most),
      undefined,
    );
    if (best !== undefined) best.free -= count;
    return best?.worker;
  }

  /** It was knocked at, and nobody heard. */
  forget(worker: string): void {
    this.present = this.present.filter((one) => one.worker !== worker);
  }

  private async read(): Promise<void> {
    if (this.isReading) return;
    this.isReading = true;
    try {
      const fields = await this.redis.hgetall(presenceKey(this.queue));
      this.present = Object.entries(fields).map(([worker, text]) => {
        const [untilMs = 0, free = 0] = text.split(' ').map(Number);
        return { worker, untilMs, free };
      });
      this.readAtMs = this.nowMs();
    } catch {
      // Redis is away: nobody is known to be there, and doorbells go through the queue.
      this.present = [];
    } finally {
      this.isReading = false;
    }
  }
}
