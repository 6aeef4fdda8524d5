import type { RateLimit } from '../tool';

export interface LimitedCall {
  readonly tenant: string;
  /** Who, of the tenant; all who are not named count as one. */
  readonly user: string | undefined;
  readonly tool: string;
  readonly limit: RateLimit;
  /** The same for every attempt at one call, which counts once. */
  readonly call: string;
}

/** Whose calls are counted together. */
export type LimitScope = 'user' | 'tenant';

export type Passage =
  | { readonly kind: 'allowed' }
  /** `calls` of the limit that is used up, and when there will be room again. */
  | {
      readonly kind: 'refused';
      readonly scope: LimitScope;
      readonly calls: number;
      readonly retryAfterMs: number;
    };

/**
 * How often tools may be called: by one user, and by all of a tenant's users together. Invariants:
 *
 * L1 In no stretch of time of the limit's length do more calls pass than either limit says, however many executors ask.
 * L2 A call that passed passes again: an attempt that is repeated after a crash takes no second place.
 * L3 Without an answer there is no passage: `take` rejects when it cannot tell.
 * L4 A call that one limit refuses takes no place in the other.
 */
export interface RateLimits {
  take(call: LimitedCall): Promise<Passage>;
}

/** How many users can use a tool as much as one may, before their tenant's limit holds them. */
const usersOfTenant = 10;

export interface LimitWindow {
  readonly scope: LimitScope;
  readonly calls: number;
}

/** The narrower window first. */
export const windowsOf = ({
  limit: { calls, tenantCalls },
}: Pick<LimitedCall, 'limit'>): readonly LimitWindow[] => [
  { scope: 'user', calls },
  { scope: 'tenant', calls: tenantCalls ?? calls * usersOfTenant },
];

/** For tests and for one process. */
export class MemoryRateLimits implements RateLimits {
  private readonly passed = new Map<string, Map<string, number>>();

  constructor(private readonly nowMs: () => number) {}

  async take(asked: LimitedCall): Promise<Passage> {
    const { tenant, user, tool, limit, call } = asked;
    const now = this.nowMs();
    const windows = windowsOf(asked).map(({ scope, calls }) => {
      const key = JSON.stringify([tenant, tool, scope === 'user' ? (user ?? null) : '*']);
      const known = this.passed.get(key) ?? new Map<string, number>();
      for (const [other, atMs] of known) if (atMs <= now - limit.perMs) known.delete(other);
      this.passed.set(key, known);
      return { scope, calls, known };
    });
    if (windows[0]?.known.has(call) === true) return { kind: 'allowed' };
    const refusals = windows.flatMap(({ scope, calls, known }) => {
      const blocking = [...known.values()][known.size - calls];
      if (blocking === undefined) return [];
      return [
        { kind: 'refused', scope, calls, retryAfterMs: Math.max(1, blocking + limit.perMs - now) } as const,
      ];
    });
    const longest = refusals.sort((a, b) => b.retryAfterMs - a.retryAfterMs)[0];
    if (longest !== undefined) return longest;
    for (const { known } of windows) known.set(call, now);
    return { kind: 'allowed' };
  }
}
