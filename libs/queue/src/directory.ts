import type { QueueName } from '@lumina/contracts';
import type { Redis } from 'ioredis';
import { presenceKey } from './names';

/** What a worker says of itself. */
export interface Presence {
  /** When it is no longer there unless it says so again, ms since the epoch. */
  readonly untilMs: number;
  /** Places that nobody has. */
  readonly free: number;
  /** How long its answers take of late, ms; as long as it goes unsaid, a place is taken until the next announcement. */
  readonly answerMs?: number | undefined;
}

/** "<until, ms> <places> <an answer, ms>"; the last is absent from workers that do not know it, or of before. */
export const presenceOf = ({ untilMs, free, answerMs }: Presence): string =>
  [untilMs, free, ...(answerMs === undefined ? [] : [Math.ceil(answerMs)])].join(' ');

function presenceIn(text: string): Presence {
  const [untilMs = 0, free = 0, answerMs] = text.split(' ').map(Number);
  return { untilMs, free, answerMs };
}

/** A worker as it last said it was, and until when the places that were picked since are taken to be taken, the earliest first. */
interface Seen extends Presence {
  readonly picked: number[];
}

const cacheMs = 250;
/** What a doorbell needs to arrive, beside its answer. */
const onItsWayMs = 5;

/**
 * Who is there to be knocked at. A view of a moment ago, and of clocks that may differ: whoever is picked in error sends the doorbell on, or
 * is found not to be there.
 */
export class Directory {
  private readonly seen = new Map<string, Seen>();
  private readAtMs = Number.NEGATIVE_INFINITY;
  private isReading = false;

  constructor(
    private readonly redis: Pick<Redis, 'hgetall'>,
    private readonly queue: QueueName,
    private readonly nowMs: () => number = Date.now,
  ) {}

  /**
   * The worker with the most room, if it has enough for `count`. What is picked counts until the worker says anew how much room it has,
   * or for twice as long as its answers take: places come and go faster than they are announced.
   */
  pick(count: number): string | undefined {
    const now = this.nowMs();
    if (now - this.readAtMs >= cacheMs) void this.read();
    let best: { worker: string; seen: Seen; room: number } | undefined;
    for (const [worker, seen] of this.seen) {
      const room = seen.untilMs > now ? roomOf(seen, now) : 0;
      if (room >= count && room > (best?.room ?? 0)) best = { worker, seen, room };
    }
    if (best === undefined) return undefined;
    const { picked, answerMs = Number.POSITIVE_INFINITY } = best.seen;
    for (let place = 0; place < count; place += 1) picked.push(now + 2 * answerMs + onItsWayMs);
    return best.worker;
  }

  /** It was knocked at, and nobody heard. */
  forget(worker: string): void {
    this.seen.delete(worker);
  }

  private async read(): Promise<void> {
    if (this.isReading) return;
    this.isReading = true;
    try {
      const fields = await this.redis.hgetall(presenceKey(this.queue));
      for (const worker of this.seen.keys()) if (!(worker in fields)) this.seen.delete(worker);
      for (const [worker, text] of Object.entries(fields)) this.see(worker, presenceIn(text));
      this.readAtMs = this.nowMs();
    } catch {
      // Redis is away: nobody is known to be there, and doorbells go through the queue.
      this.seen.clear();
    } finally {
      this.isReading = false;
    }
  }

  private see(worker: string, presence: Presence): void {
    const before = this.seen.get(worker);
    const isNews = before?.untilMs !== presence.untilMs;
    this.seen.set(worker, { ...presence, picked: isNews ? [] : before.picked });
  }
}

function roomOf({ free, picked }: Seen, nowMs: number): number {
  while ((picked[0] ?? Number.POSITIVE_INFINITY) <= nowMs) picked.shift();
  return free - picked.length;
}
