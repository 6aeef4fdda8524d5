import type { Redis } from 'ioredis';
import { keys } from './keys';

export type ControlKind = 'switches' | 'pins';

export interface ControlWatchOptions {
  readonly everyMs?: number;
  readonly onError: (error: unknown) => void;
}

type Listener = () => Promise<void>;

/**
 * Hears of what operators change while processes run. One small read a second for a process, and none for a call: the versions of all that
 * can be changed are looked at, and only what has another version is read anew. What cannot be read stands as it was.
 */
export class ControlWatch {
  private readonly listeners: { readonly kind: ControlKind; readonly listener: Listener; seen?: string }[] =
    [];
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;

  constructor(
    private readonly redis: Pick<Redis, 'hgetall'>,
    private readonly options: ControlWatchOptions,
  ) {}

  /** `listener` is called at the start and after each change; where it fails it is called again at the next look. */
  on(kind: ControlKind, listener: Listener): void {
    this.listeners.push({ kind, listener });
  }

  /** Resolves when all listeners have heard how things stand. @throws what the first look throws */
  async start(): Promise<void> {
    await this.look();
    this.timer = setInterval(() => void this.lookAgain(), this.options.everyMs ?? 1_000);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private lookAgain(): Promise<void> {
    this.looking ??= this.look()
      .catch(this.options.onError)
      .finally(() => (this.looking = undefined));
    return this.looking;
  }

  private async look(): Promise<void> {
    const versions = await this.redis.hgetall(keys.controls);
    for (const each of this.listeners) {
      const version = versions[each.kind] ?? '0';
      if (each.seen === version) continue;
      await each.listener();
      each.seen = version;
    }
  }
}
