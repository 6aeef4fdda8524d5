import type { RateLimit } from '../tool';

export interface LimitedCall {
  readonly tenant: string;
  readonly tool: string;
  readonly limit: RateLimit;
  /** The same for every attempt at one call, which counts once. */
  readonly call: string;
}

export interface Passage {
  readonly isAllowed: boolean;
  /** Until there is room again; 0 when allowed. */
  readonly retryAfterMs: number;
}

/**
 * How often tenants may call tools. Invariants:
 *
 * L1 In no stretch of time of the limit's length do more calls pass than the limit says, however many executors ask.
 * L2 A call that passed passes again: an attempt that is repeated after a crash takes no second place.
 * L3 Without an answer there is no passage: `take` rejects when it cannot tell.
 */
export interface RateLimits {
  take(call: LimitedCall): Promise<Passage>;
}

/** For tests and for one process. */
export class MemoryRateLimits implements RateLimits {
  private readonly windows = new Map<string, Map<string, number>>();

  constructor(private readonly nowMs: () => number) {}

  async take({ tenant, tool, limit, call }: LimitedCall): Promise<Passage> {
    const key = JSON.stringify([tenant, tool]);
    const now = this.nowMs();
    const passed = [...(this.windows.get(key) ?? [])].filter(([, atMs]) => atMs > now - limit.perMs);
    const isAllowed = passed.length < limit.calls || passed.some(([known]) => known === call);
    const isNew = isAllowed && !passed.some(([known]) => known === call);
    this.windows.set(key, new Map(isNew ? [...passed, [call, now]] : passed));
    const blocking = passed[passed.length - limit.calls]?.[1] ?? now;
    return { isAllowed, retryAfterMs: isAllowed ? 0 : Math.max(1, blocking + limit.perMs - now) };
  }
}
