import type { Redis } from 'ioredis';
import { keys } from './keys';

type Listener = () => void;

/** For how long what was heard is told to whoever begins to watch, ms: what is handed over may wait for a place, and has been read by nobody since. */
const rememberedMs = 5_000;

/**
 * Hears at once which runs are cancelled. A message may be lost while the connection is made again; renewals say it too, only
 * later.
 */
export class Cancellations {
  private readonly listeners = new Map<string, Set<Listener>>();
  /** When each was heard of, the earliest first, ms since the epoch. */
  private readonly heard = new Map<string, number>();

  constructor(
    /** A connection of its own: it subscribes. */
    private readonly redis: Redis,
    private readonly nowMs: () => number = Date.now,
  ) {
    this.redis.on('message', (_channel: string, run: string) => {
      this.remember(run);
      for (const listener of [...(this.listeners.get(run) ?? [])]) listener();
    });
  }

  async start(): Promise<void> {
    await this.redis.subscribe(keys.control);
  }

  /** Calls `listener` when the run is cancelled; at once, if that was a moment ago. Returns how to stop. */
  watch(run: string, listener: Listener): () => void {
    const heardMs = this.heard.get(run);
    if (heardMs !== undefined && this.nowMs() - heardMs < rememberedMs) listener();
    const set = this.listeners.get(run) ?? new Set();
    this.listeners.set(run, set.add(listener));
    return () => {
      set.delete(listener);
      if (set.size === 0 && this.listeners.get(run) === set) this.listeners.delete(run);
    };
  }

  stop(): void {
    this.redis.disconnect();
  }

  private remember(run: string): void {
    const now = this.nowMs();
    for (const [known, heardMs] of this.heard) {
      if (now - heardMs < rememberedMs) break;
      this.heard.delete(known);
    }
    this.heard.delete(run);
    this.heard.set(run, now);
  }
}
