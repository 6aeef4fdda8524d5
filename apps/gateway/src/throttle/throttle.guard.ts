import type { RequestLimits } from '@lumina/agent';
import { LuminaError } from '@lumina/contracts';
import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  ThrottlerGuard,
  type ThrottlerModuleOptions,
  type ThrottlerRequest,
} from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../auth/api-keys';
import { knownCallerOf, scopeOfRoute } from '../auth/auth.guard';
import { measureThrottled } from '../metrics';
import { PLANS, STREAM_SLOTS } from '../tokens';
import type { Passage, Permits } from './permits';
import { type Plans, type RouteClass, perMinuteOf } from './plans';
import { STREAMS_WHEN, type StreamsWhen, classOf, costOf, isStreamed } from './route-class';
import type { SlotLimit, StreamSlots } from './stream-slots';

const windowMs = 60_000;
/** How soon a refused stream may find room: when, nobody knows. */
const slotRetryMs = 1_000;

interface Asked {
  readonly caller: Caller;
  readonly of: RouteClass;
  readonly isStream: boolean;
  readonly limits: Readonly<Record<Scope, RequestLimits>>;
}
type Scope = 'key' | 'tenant';

/** What the requests that are being looked at ask; for as long as they live. */
const asked = new WeakMap<object, Asked>();
const askedIn = (context: ExecutionContext): Asked | undefined =>
  asked.get(context.switchToHttp().getRequest<FastifyRequest>());

const limitOf = (scope: Scope) => (context: ExecutionContext) => {
  const { limits, of } = askedIn(context) ?? {};
  return (limits && of && perMinuteOf(limits[scope], of)) ?? 0;
};

/** A limit for each key, and one for each tenant, of the class of the route. */
export const throttlers = (['key', 'tenant'] as const).map((name) => ({
  name,
  ttl: windowMs,
  limit: limitOf(name),
  skipIf: (context: ExecutionContext) => limitOf(name)(context) === 0,
}));

/** Lets a caller ask no more often than its plan says, and hold no more streams. Behind the guard that says who it is. */
@Injectable()
export class ThrottleGuard extends ThrottlerGuard {
  constructor(
    @InjectThrottlerOptions() options: ThrottlerModuleOptions,
    @InjectThrottlerStorage() private readonly permits: Permits,
    @Inject(Reflector) reflector: Reflector,
    @Inject(PLANS) private readonly plans: Plans,
    @Inject(STREAM_SLOTS) private readonly slots: StreamSlots,
  ) {
    super(options, permits, reflector);
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const caller = knownCallerOf(request);
    const scope = scopeOfRoute(this.reflector, context);
    if (caller === undefined || scope === undefined) return true;
    const plan = this.plans.of(caller);
    if (plan === undefined) return true;
    const when = this.reflector.get<StreamsWhen | undefined>(STREAMS_WHEN, context.getHandler());
    const isStream = isStreamed(request, when);
    const limits = { key: plan.perKey, tenant: plan.perTenant };
    const ask = { caller, of: classOf(scope, isStream), isStream, limits };
    asked.set(request, ask);
    await super.canActivate(context);
    if (isStream) await this.enter(ask, context.switchToHttp().getResponse<FastifyReply>());
    return true;
  }

  /** @throws LuminaError LUM_RATE_LIMITED */
  protected override async handleRequest({ context, limit, throttler }: ThrottlerRequest): Promise<boolean> {
    const ask = askedIn(context);
    if (ask === undefined) return true;
    const { caller, of } = ask;
    const scope: Scope = throttler.name === 'key' ? 'key' : 'tenant';
    const subject = `${scope}:${scope === 'key' ? caller.name : caller.tenant}:${of}`;
    const http = context.switchToHttp();
    const cost = costOf(of, http.getRequest<FastifyRequest>());
    const passage = await this.permits.take({ subject, windowMs, limit, cost });
    showLimit(http.getResponse<FastifyReply>(), `${scope}-${of}`, limit, passage);
    if (!passage.isRefused) return true;
    measureThrottled(scope, of);
    const whose = scope === 'key' ? 'this API key' : `the tenant ${caller.tenant}`;
    const what = `${whose} has asked ${limit} times within a minute (${of})`;
    throw new LuminaError('LUM_RATE_LIMITED', `Too many requests: ${what}.`, {
      retryAfterMs: passage.resetsInMs,
    });
  }

  /** @throws LuminaError LUM_STREAM_LIMIT */
  private async enter({ caller, limits }: Asked, reply: FastifyReply): Promise<void> {
    const slots = [
      ...slotOf('key', caller.name, limits.key.openStreams),
      ...slotOf('tenant', caller.tenant, limits.tenant.openStreams),
    ];
    if (slots.length === 0) return;
    const entry = await this.slots.enter(caller.tenant, slots);
    if (entry.kind === 'entered') {
      reply.raw.once('close', entry.leave);
      // It may have gone while Redis was asked.
      if (reply.raw.closed) entry.leave();
      return;
    }
    const { scope, limit } = entry.by;
    measureThrottled(scope, 'open_stream');
    const whose = scope === 'key' ? 'This API key' : `The tenant ${caller.tenant}`;
    const message = `${whose} has ${limit} streams open, as many as it may: close one, then open another.`;
    throw new LuminaError('LUM_STREAM_LIMIT', message, { retryAfterMs: slotRetryMs });
  }
}

const slotOf = (scope: Scope, name: string, limit: number | undefined): readonly SlotLimit[] =>
  limit === undefined ? [] : [{ scope, name, limit }];

/** As the IETF's draft has it. On the raw response: what is streamed passes Fastify's headers by. */
function showLimit({ raw }: FastifyReply, name: string, limit: number, passage: Passage): void {
  raw.appendHeader('ratelimit-policy', `"${name}";q=${limit};w=${windowMs / 1_000}`);
  raw.appendHeader(
    'ratelimit',
    `"${name}";r=${passage.remaining};t=${Math.ceil(passage.resetsInMs / 1_000)}`,
  );
}
