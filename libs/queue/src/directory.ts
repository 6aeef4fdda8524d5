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
  /** With how long a lease opened items may be handed to it, ms; absent, it claims what it is rung for. */
  readonly leaseMs?: number | undefined;
}

/** "<until, ms> <places> <an answer, ms, or -> <lease, ms, or ->"; the last ones are absent from workers of before. */
export const presenceOf = ({ untilMs, free, answerMs, leaseMs }: Presence): string =>
  [untilMs, free, ...[answerMs, leaseMs].map((ms) => (ms === undefined ? '-' : Math.ceil(ms)))].join(' ');

function presenceIn(text: string): Presence {
  const [untilMs = 0, free = 0, answerMs, leaseMs] = text.split(' ').map(Number);
  return { untilMs, free, answerMs: numberOr(answerMs), leaseMs: numberOr(leaseMs) };
}

const numberOr = (value: number | undefined): number | undefined =>
  value === undefined || Number.isNaN(value) ? undefined : value;

/** A worker as it last said it was, and until when the places that were picked since are taken to be taken, the earliest first. */
interface Seen extends Presence {
  readonly picked: number[];
}

/** Who was picked. */
export interface Picked {
  readonly worker: string;
  /** 0: nothing may be handed to it. */
  readonly leaseMs: number;
  /** Its places are free after all. */
  readonly letGo: () => void;
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
    return this.picked(count, () => true)?.worker;
  }

  /** The same among those to whom opened items may be handed; what was picked in vain can be let go again. */
  pickForHanding(count: number): Picked | undefined {
    return this.picked(count, ({ leaseMs }) => leaseMs !== undefined);
  }

  private picked(count: number, isFit: (presence: Presence) => boolean): Picked | undefined {
    const now = this.nowMs();
    if (now - this.readAtMs >= cacheMs) void this.read();
    let best: { worker: string; seen: Seen; room: number } | undefined;
    for (const [worker, seen] of this.seen) {
      const room = seen.untilMs > now && isFit(seen) ? roomOf(seen, now) : 0;
      if (room >= count && room > (best?.room ?? 0)) best = { worker, seen, room };
    }
    if (best === undefined) return undefined;
    const { worker, seen } = best;
    const { answerMs = Number.POSITIVE_INFINITY, leaseMs = 0 } = seen;
    const untilMs = now + 2 * answerMs + onItsWayMs;
    for (let place = 0; place < count; place += 1) seen.picked.push(untilMs);
    const letGo = (): void => {
      const first = seen.picked.indexOf(untilMs);
      if (first >= 0) seen.picked.splice(first, count);
    };
    return { worker, leaseMs, letGo };
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
