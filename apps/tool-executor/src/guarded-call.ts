import { createHash, hash } from 'node:crypto';
import { argsDigest } from '@lumina/agent';
import type { OutputStream } from '@lumina/contracts';
import type { Scrubber } from '@lumina/platform';
import type { SwitchBoard } from '@lumina/store';
import { cachedCall } from './cache/cached-call';
import type { ResultCache } from './cache/result-cache';
import type { RateLimits } from './limits/rate-limits';
import { measureCache, measureRateLimited, measureSecurityEvent } from './metrics';
import type { Keeping } from './output/kept-output';
import { LiveOutput } from './output/live-output';
import { presented, scrubbed } from './output/presentation';
import { type OnRecord, audited } from './policy/call-audit';
import type { Admission, CallGate } from './policy/call-gate';
import type { CallOrigin } from './policy/call-origin';
import {
  type Tool,
  type ToolContext,
  type ToolFailure,
  type ToolResult,
  checkArguments,
  failure,
  runChecked,
} from './tool';

export interface CallGuards {
  readonly switches: Pick<SwitchBoard, 'offFor'>;
  readonly gate: CallGate;
  readonly limits: RateLimits;
  readonly cache: ResultCache;
  readonly scrubber: Scrubber;
  /** A name for who finds a result out; another each time. */
  readonly nextOwner: () => string;
  readonly onRecord: OnRecord;
  /** Told of each call that its policy refuses. */
  readonly onRefusal: (tool: string, why: string, origin: CallOrigin) => void;
}

export interface GuardedCallOptions {
  readonly origin: CallOrigin;
  /** Told just before the tool itself is run: from then on it may have had an effect. */
  readonly onBegin?: () => void;
  /** Keeps what is too long to be shown. */
  readonly keep?: (text: string) => Promise<Keeping>;
  /** Shown while the tool runs, without secrets. */
  readonly show?: ((stream: OutputStream, text: string) => void) | undefined;
}

export type GuardedCall = (
  tool: Tool,
  rawArgs: Record<string, unknown>,
  context: ToolContext,
  options: GuardedCallOptions,
) => Promise<ToolResult>;

interface AdmittedCall {
  readonly tool: Tool;
  /** As the model gave them, which is what a person decides about; and with defaults filled in. */
  readonly rawArgs: Record<string, unknown>;
  readonly args: Record<string, unknown>;
  readonly context: ToolContext;
  readonly origin: CallOrigin;
  readonly admittedBy: 'policy' | 'person';
  readonly onBegin: (() => void) | undefined;
  readonly show: GuardedCallOptions['show'];
}

/**
 * `runTool` with what stands around every call, in this order: nobody has switched the tool off, then arguments are checked, then policy, then how often the user and the tenant
 * have called, then the cache is asked, then the tool is run, on record if it may write; its result is freed of secrets, cut to what a
 * model is shown, and what others wrote in it is marked. A cached answer counts as a call. Where policy or rate cannot be told this
 * rejects, so that the call stays open and is tried again: an outage is no way around either. Where the cache cannot be asked the tool
 * is run.
 *
 * @throws what `gate` and `limits` throw
 */
export function guardedCalls(guards: CallGuards): GuardedCall {
  return async (tool, rawArgs, context, { origin, onBegin, show, keep = notKept }) => {
    if (guards.switches.offFor(tool.name, origin.tenant) !== undefined) return switchedOff(tool.name);
    const checked = checkArguments(tool, rawArgs);
    if (checked.kind === 'error') return checked;
    const admission = await guards.gate.admit(tool, rawArgs, origin);
    if (admission.kind === 'refused') return refusedByPolicy(guards, tool, origin, admission);
    const refusal = await refusalOf(guards.limits, tool, origin, context.idempotencyKey);
    if (refusal !== undefined) return refusal;
    const { args } = checked;
    const { by: admittedBy, egress = [] } = admission;
    const allowed = { ...context, egress };
    const call = { tool, rawArgs, args, context: allowed, origin, admittedBy, onBegin, show };
    return presented(await answered(guards, call), { tool, keep });
  };
}

const notKept = async (): Promise<Keeping> => ({ kind: 'not_kept' });

function refusedByPolicy(
  { onRefusal }: CallGuards,
  { name }: Tool,
  origin: CallOrigin,
  { why, reason }: Extract<Admission, { kind: 'refused' }>,
): ToolFailure {
  onRefusal(name, why, origin);
  return failure('access_denied', reason);
}

/** From the cache, or from the tool; without secrets. */
function answered(guards: CallGuards, call: AdmittedCall): Promise<ToolResult> {
  const { tool, args, context, origin } = call;
  const work = (): Promise<ToolResult> => worked(guards, call);
  if (tool.cacheMs === undefined) return work();
  return cachedCall(
    {
      key: cacheKey(origin.tenant, tool.name, args),
      lifeMs: tool.cacheMs,
      timeoutMs: tool.timeoutMs,
      owner: guards.nextOwner(),
      signal: context.signal,
      work,
    },
    { cache: guards.cache, count: (operation, result) => measureCache(tool.name, operation, result) },
  );
}

async function worked({ scrubber, onRecord }: CallGuards, call: AdmittedCall): Promise<ToolResult> {
  const { tool, rawArgs, args, context, origin, admittedBy, onBegin, show } = call;
  const live = show === undefined ? undefined : new LiveOutput({ scrubber, show });
  const result = await audited(
    { tool, origin, argsDigest: () => argsDigest(rawArgs, sha256), admittedBy },
    onRecord,
    () => {
      onBegin?.();
      return runChecked(tool, args, live === undefined ? context : { ...context, onOutput: live.add });
    },
  ).finally(() => live?.end());
  return scrubbed(result, scrubber, () => measureSecurityEvent('secret_in_output'));
}

/** Who switched it and why is the operators' business, not the model's. */
const switchedOff = (name: string): ToolFailure =>
  failure(
    'switched_off',
    `${name} is switched off by an operator; go on without it, or say what it is needed for`,
  );

async function refusalOf(
  limits: RateLimits,
  { name, rateLimit }: Tool,
  { tenant, user }: CallOrigin,
  call: string,
): Promise<ToolFailure | undefined> {
  if (rateLimit === undefined) return undefined;
  const passage = await limits.take({ tenant, user, tool: name, limit: rateLimit, call });
  if (passage.kind === 'allowed') return undefined;
  const { scope, calls, retryAfterMs } = passage;
  measureRateLimited(scope, name);
  const often = `${calls} times in ${rateLimit.perMs / 1_000} s${scope === 'tenant' ? ' by all users together' : ''}`;
  return failure(
    'rate_limited',
    `${name} may be called ${often}, and was; try again in ${Math.ceil(retryAfterMs / 1_000)} s, or go on without it`,
  );
}

const sha256 = (text: string): string => hash('sha256', text);

/** Changes when results of old versions must not be shown any more. */
const keyVersion = 2;

/** Equal for calls that must have equal answers: of one tenant, by one tool, with arguments that say the same. */
export const cacheKey = (tenant: string, tool: string, args: Record<string, unknown>): string =>
  createHash('sha256')
    .update(JSON.stringify([keyVersion, tenant, tool, sorted(args)]))
    .digest('base64url');

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, sorted(inner)]));
}
