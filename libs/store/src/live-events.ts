import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { keys } from './keys';
import { type LiveEvent, liveEventsOf } from './live-event';
import { sameConnection } from './same-connection';

export interface LiveListener {
  readonly wants: (run: string) => boolean;
  /** Whether somebody is shown something once this event is told. */
  readonly shows: (event: LiveEvent) => boolean;
  readonly onEvent: (event: LiveEvent) => void;
  /** Called after the reader was away: what happened meanwhile must be read from the runs' own streams. */
  readonly onGap: () => void;
  /** Resolves when what was read is durable: what is not may be undone by a failover, and must not be shown. */
  readonly confirm: () => Promise<void>;
}

const blockMs = 2_000;
const batch = 1_000;
const retryPauseMs = 200;
/** Where a read brings so much, more is on its way: the next waits for it, so that under load fewer reads bring more each. */
const denseEntries = 4;
const gatherMs = 2;

/**
 * Follows every run's events through one blocking reader, however many clients listen. The live stream is a window; a
 * listener that was away, or sees a gap in a run's sequence, reads the run's own stream.
 */
export class LiveEvents {
  private cursor = '$';
  private isRunning = false;
  private isAway = false;
  private ended: Promise<void> = Promise.resolve();

  constructor(
    /** A connection of its own: it blocks. */
    private readonly redis: Redis,
    private readonly listener: LiveListener,
  ) {}

  /** Starts reading at the stream's present end. Resolves when no later event can be missed. */
  async start(): Promise<void> {
    this.cursor = await this.end();
    this.isRunning = true;
    // The client library sends a read again after a reconnect, without a word: what was trimmed meanwhile is only told by this.
    this.redis.on('close', () => void (this.isAway = true));
    this.redis.on('ready', () => this.back());
    this.ended = this.follow();
  }

  async stop(): Promise<void> {
    this.isRunning = false;
    const isConnected = this.redis.status === 'ready';
    this.redis.disconnect();
    // A connection that is closed while it is being made anew leaves its read without an answer.
    if (isConnected) await this.ended;
  }

  private async end(): Promise<string> {
    const [last] = await this.redis.xrevrange(keys.live, '+', '-', 'COUNT', 1);
    return last?.[0] ?? '0-0';
  }

  private async follow(): Promise<void> {
    while (this.isRunning) {
      try {
        if ((await this.readOnce()) >= denseEntries) await pause(gatherMs);
      } catch {
        if (!this.isRunning) return;
        await pause(retryPauseMs);
        await this.resume();
      }
    }
  }

  /** @returns how many entries it brought */
  private async readOnce(): Promise<number> {
    const reply = await this.redis.xread('COUNT', batch, 'BLOCK', blockMs, 'STREAMS', keys.live, this.cursor);
    const isSame = sameConnection(this.redis);
    const entries = reply?.[0]?.[1] ?? [];
    const told = entries
      .filter(([, fields]) => this.listener.wants(fields[1] ?? ''))
      .flatMap(([, fields]) => liveEventsOf(fields));
    if (told.some((event) => this.listener.shows(event))) await this.listener.confirm();
    this.cursor = entries.at(-1)?.[0] ?? this.cursor;
    // Read from a master that may no longer be one: `back` has the listeners read again.
    if (!isSame()) return 0;
    for (const event of told) this.listener.onEvent(event);
    return entries.length;
  }

  private back(): void {
    if (!this.isAway || !this.isRunning) return;
    this.isAway = false;
    this.listener.onGap();
  }

  private async resume(): Promise<void> {
    try {
      this.cursor = await this.end();
      this.listener.onGap();
    } catch {
      // Still away: the next round finds out.
    }
  }
}
