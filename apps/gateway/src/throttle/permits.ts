import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LuaScript } from '@lumina/platform';
import type { ThrottlerStorage } from '@nestjs/throttler';
import type { Redis } from 'ioredis';

/**
 * Permits to ask, counted in windows that all gateways share. Invariants:
 *
 * P1 Never more are handed out in a window than it has, however many gateways ask and whichever of them die. (What a fail-over of
 *    Redis forgets is handed out again.)
 * P2 A gateway takes up to a 64th of what is left at once, so that most requests ask Redis nothing; where little is left, one by one.
 * P3 What a gateway took and does not use, it gives back within two seconds.
 * P4 While Redis does not answer, everybody passes, and it is counted: throttling must not be what takes the service away.
 */
const script = new LuaScript(readFileSync(join(__dirname, 'permits.lua'), 'utf8'));
/** What is full may have got permits back: it is asked about again after this. */
const fullForMs = 1_000;
const idleAfterMs = 1_000;

export interface Passage {
  readonly isRefused: boolean;
  /** What this gateway knows of: what others hold is not among them. */
  readonly remaining: number;
  readonly resetsInMs: number;
}

interface Window {
  readonly limit: number;
  readonly windowMs: number;
  held: number;
  left: number;
  /** On this process's clock, never later than on that of Redis. */
  untilMs: number;
  ends: number;
  fullUntilMs: number;
  usedMs: number;
  wanted: number;
  asking: Promise<void> | undefined;
}

export interface PermitOptions {
  readonly redis: Redis;
  readonly onUnavailable: () => void;
  readonly onError: (error: unknown) => void;
  /** Monotonic. */
  readonly nowMs: () => number;
  readonly patienceMs: number;
}

export class Permits implements ThrottlerStorage {
  private readonly windows = new Map<string, Window>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: PermitOptions) {}

  start(): void {
    this.timer = setInterval(() => void this.tidy(), idleAfterMs);
    this.timer.unref();
  }

  stop(): Promise<void> {
    clearInterval(this.timer);
    return this.tidy(0);
  }

  /** One permit, as Nest's throttler asks for it; times in seconds, as it wants them. */
  async increment(key: string, ttl: number, limit: number) {
    const { isRefused, remaining, resetsInMs } = await this.take({ subject: key, windowMs: ttl, limit });
    const seconds = Math.ceil(resetsInMs / 1_000);
    return {
      totalHits: isRefused ? limit + 1 : limit - remaining,
      timeToExpire: seconds,
      isBlocked: isRefused,
      timeToBlockExpire: isRefused ? seconds : 0,
    };
  }

  /** @param cost permits that are taken together, or not at all */
  async take({ subject, windowMs, limit, cost = 1 }: PermitRequest): Promise<Passage> {
    const window = this.windowOf(subject, limit, windowMs);
    for (;;) {
      const now = this.options.nowMs();
      if (now >= window.untilMs) Object.assign(window, { held: 0, left: limit });
      if (window.held >= cost) {
        window.held -= cost;
        window.usedMs = now;
        return passage(window, now, false);
      }
      if (now < Math.min(window.fullUntilMs, window.untilMs)) return passage(window, now, true);
      if (!(await this.isAnswered(subject, window, cost))) return passage(window, now, false);
    }
  }

  /** Gives back what is not used, and forgets windows that are over. */
  private async tidy(idleMs = idleAfterMs): Promise<void> {
    const now = this.options.nowMs();
    const idle = [...this.windows].filter(([, { usedMs }]) => now - usedMs >= idleMs);
    await Promise.all(
      idle.map(async ([subject, window]) => {
        if (window.asking === undefined && now >= window.untilMs) this.windows.delete(subject);
        else if (window.held > 0) await this.giveBack(subject, window).catch(this.options.onError);
      }),
    );
  }

  private async giveBack(subject: string, window: Window): Promise<void> {
    const back = window.held;
    window.held = 0;
    const redis = this.redis();
    if (redis === undefined) return;
    const { limit, windowMs, ends } = window;
    await script.run(redis, [keyOf(subject)], [limit, windowMs, 0, back, ends]);
  }

  private windowOf(subject: string, limit: number, windowMs: number): Window {
    const known = this.windows.get(subject);
    if (known?.limit === limit && known.windowMs === windowMs) return known;
    const times = { untilMs: 0, ends: 0, fullUntilMs: 0, usedMs: 0 };
    const window = { limit, windowMs, held: 0, left: limit, ...times, wanted: 0, asking: undefined };
    this.windows.set(subject, window);
    return window;
  }

  /** Whoever comes while Redis is asked shares the next question. @returns whether Redis answered */
  private async isAnswered(subject: string, window: Window, cost: number): Promise<boolean> {
    window.wanted += cost;
    try {
      window.asking ??= this.ask(subject, window).finally(() => (window.asking = undefined));
      await window.asking;
      return true;
    } catch {
      this.options.onUnavailable();
      return false;
    } finally {
      window.wanted -= cost;
    }
  }

  private async ask(subject: string, window: Window): Promise<void> {
    // All that come in this turn of the event loop are one question.
    await Promise.resolve();
    const redis = this.redis();
    if (redis === undefined) throw new Error('Redis is not connected');
    const sentMs = this.options.nowMs();
    const { limit, windowMs, held, wanted } = window;
    const asked = script.run(redis, [keyOf(subject)], [limit, windowMs, Math.max(1, wanted - held), 0, 0]);
    const [given, left, endsInMs, ends] = (await inTime(asked, this.options.patienceMs)) as number[];
    if (ends !== window.ends) window.held = 0;
    window.held += given ?? 0;
    Object.assign(window, { left, ends, untilMs: sentMs + (endsInMs ?? 0) });
    window.fullUntilMs = left === 0 ? this.options.nowMs() + fullForMs : 0;
  }

  private redis(): Redis | undefined {
    const { redis } = this.options;
    return redis.status === 'ready' ? redis : undefined;
  }
}

export interface PermitRequest {
  readonly subject: string;
  readonly windowMs: number;
  readonly limit: number;
  readonly cost?: number;
}

const keyOf = (subject: string): string => `lum:permits:{${subject}}`;

const passage = ({ held, left, untilMs }: Window, now: number, isRefused: boolean): Passage => ({
  isRefused,
  remaining: held + left,
  resetsInMs: Math.max(1, Math.ceil(untilMs - now)),
});

export async function inTime<Result>(work: Promise<Result>, withinMs: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${withinMs} ms`)), withinMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
