import type { Redis } from 'ioredis';
import { keys } from './keys';

type Listener = () => void;

/**
 * Hears at once which runs are cancelled. A message may be lost while the connection is made again; renewals say it too, only
 * later.
 */
export class Cancellations {
  private readonly listeners = new Map<string, Set<Listener>>();

  constructor(
    /** A connection of its own: it subscribes. */
    private readonly redis: Redis,
  ) {
    this.redis.on('message', (_channel: string, run: string) => {
      for (const listener of [...(this.listeners.get(run) ?? [])]) listener();
    });
  }

  async start(): Promise<void> {
    await this.redis.subscribe(keys.control);
  }

  /** Calls `listener` when the run is cancelled. Returns how to stop. */
  watch(run: string, listener: Listener): () => void {
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
}
