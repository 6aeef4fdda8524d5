import type { LuminaFile, Plan, RequestLimits } from '@lumina/agent';
import type { Caller } from '../auth/api-keys';

/**
 * For issued keys whose tenant names no plan, where the configuration has no plan called `default`. Wide enough for 100 runs a
 * second from one key; what it stops is a client that has lost control of itself.
 */
const ordinary: Plan = {
  perKey: {
    writesPerMinute: 6_000,
    readsPerMinute: 30_000,
    streamsPerMinute: 6_000,
    adminPerMinute: 600,
    openStreams: 1_000,
  },
  perTenant: {
    writesPerMinute: 30_000,
    readsPerMinute: 150_000,
    streamsPerMinute: 30_000,
    adminPerMinute: 3_000,
    openStreams: 5_000,
  },
};

/** What a request is counted as. */
export type RouteClass = 'write' | 'read' | 'stream' | 'admin';

export const perMinuteOf = (limits: RequestLimits, of: RouteClass): number | undefined =>
  ({
    write: limits.writesPerMinute,
    read: limits.readsPerMinute,
    stream: limits.streamsPerMinute,
    admin: limits.adminPerMinute,
  })[of];

export class Plans {
  constructor(private readonly file: Pick<LuminaFile, 'plans' | 'tenants'>) {}

  /** Absent: without limits. Static keys, which are for development and tests, have those alone that are named. */
  of({ tenant, isStatic }: Caller): Plan | undefined {
    const { plans, tenants } = this.file;
    const named = Object.hasOwn(tenants, tenant) ? tenants[tenant]?.plan : undefined;
    return plans[named ?? 'default'] ?? (isStatic === true ? undefined : ordinary);
  }
}
