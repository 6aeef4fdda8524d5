import { createHash } from 'node:crypto';
import type { SwitchBoard } from '@lumina/store';
import { cachedCall } from './cache/cached-call';
import type { ResultCache } from './cache/result-cache';
import type { RateLimits } from './limits/rate-limits';
import { measureCache, measureRateLimited } from './metrics';
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
  readonly limits: RateLimits;
  readonly cache: ResultCache;
  /** A name for who finds a result out; another each time. */
  readonly nextOwner: () => string;
}

export interface GuardedCallOptions {
  readonly tenant: string;
  /** Told just before the tool itself is run: from then on it may have had an effect. */
  readonly onBegin?: () => void;
}

export type GuardedCall = (
  tool: Tool,
  rawArgs: Record<string, unknown>,
  context: ToolContext,
  options: GuardedCallOptions,
) => Promise<ToolResult>;

/**
 * `runTool` with what stands around every call: nobody has switched the tool off, arguments are checked, then the tenant's rate, then the cache is asked, then the tool is
 * run. A cached answer counts as a call. Where the rate cannot be told this rejects, so that the call stays open and is tried again:
 * an outage is no way around a limit. Where the cache cannot be asked the tool is run.
 *
 * @throws what `limits` throws
 */
export const guardedCalls =
  ({ switches, limits, cache, nextOwner }: CallGuards): GuardedCall =>
  async (tool, rawArgs, context, { tenant, onBegin }) => {
    if (switches.offFor(tool.name, tenant) !== undefined) return switchedOff(tool.name);
    const checked = checkArguments(tool, rawArgs);
    if (checked.kind === 'error') return checked;
    const refusal = await refusalOf(limits, tool, { tenant, call: context.idempotencyKey });
    if (refusal !== undefined) return refusal;
    const work = (): Promise<ToolResult> => {
      onBegin?.();
      return runChecked(tool, checked.args, context);
    };
    if (tool.cacheMs === undefined) return work();
    return cachedCall(
      {
        key: cacheKey(tenant, tool.name, checked.args),
        lifeMs: tool.cacheMs,
        timeoutMs: tool.timeoutMs,
        owner: nextOwner(),
        signal: context.signal,
        work,
      },
      { cache, count: (operation, result) => measureCache(tool.name, operation, result) },
    );
  };

/** Who switched it and why is the operators' business, not the model's. */
const switchedOff = (name: string): ToolFailure =>
  failure(
    'switched_off',
    `${name} is switched off by an operator; go on without it, or say what it is needed for`,
  );

async function refusalOf(
  limits: RateLimits,
  { name, rateLimit }: Tool,
  { tenant, call }: { readonly tenant: string; readonly call: string },
): Promise<ToolFailure | undefined> {
  if (rateLimit === undefined) return undefined;
  const { isAllowed, retryAfterMs } = await limits.take({ tenant, tool: name, limit: rateLimit, call });
  if (isAllowed) return undefined;
  measureRateLimited('tenant', name);
  const often = `${rateLimit.calls} times in ${rateLimit.perMs / 1_000} s`;
  return failure(
    'rate_limited',
    `${name} may be called ${often}, and was; try again in ${Math.ceil(retryAfterMs / 1_000)} s, or go on without it`,
  );
}

/** Changes when results of old versions must not be shown any more. */
const keyVersion = 1;

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
