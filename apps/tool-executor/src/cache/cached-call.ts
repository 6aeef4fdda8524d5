import { setTimeout as delay } from 'node:timers/promises';
import type { ToolResult } from '../tool';
import type { ResultCache } from './result-cache';

export type CacheOperation = 'get' | 'set';
export type CacheResult = 'hit' | 'shared' | 'miss' | 'stored' | 'too_large' | 'error';

export interface CachedCall {
  readonly key: string;
  readonly lifeMs: number;
  /** Longest time that the work may take: a claim does not outlive it by much. */
  readonly timeoutMs: number;
  readonly owner: string;
  readonly signal: AbortSignal;
  readonly work: () => Promise<ToolResult>;
}

export interface CachedCallOptions {
  readonly cache: ResultCache;
  readonly count: (operation: CacheOperation, result: CacheResult) => void;
  /** How long a call waits for another that finds out the same. */
  readonly patienceMs?: number;
}

const operationMs = 300;
const maxLeaseMs = 30_000;
const defaultPatienceMs = 5_000;
const maxPollMs = 200;
const maxCharacters = 256 * 1024;

type Asked<Value> = { readonly kind: 'answer'; readonly value: Value } | { readonly kind: 'none' };

/** What the cache says, within a moment; `none` when it is away. It may be late, or wrong, but never in the way. */
async function ask<Value>(operation: Promise<Value>, onError: () => void): Promise<Asked<Value>> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<Asked<Value>>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'none' }), operationMs);
  });
  const answer = operation.then(
    (value): Asked<Value> => ({ kind: 'answer', value }),
    (): Asked<Value> => ({ kind: 'none' }),
  );
  try {
    const asked = await Promise.race([answer, patience]);
    if (asked.kind === 'none') onError();
    return asked;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A call whose answer may be an earlier one's. Invariants:
 *
 * K1 Only good results are kept, and none longer than its life.
 * K2 Of calls that ask for the same at once, one does the work and the others wait for it: not longer than their patience, and not
 *    once it has given up. Then they do it themselves.
 * K3 A cache that fails or hangs costs a moment, never the call.
 */
export async function cachedCall(call: CachedCall, options: CachedCallOptions): Promise<ToolResult> {
  const { cache, count } = options;
  const failed = (): void => count('get', 'error');
  const found = await ask(cache.read(call.key), failed);
  if (found.kind === 'none') return call.work();
  if (found.value !== undefined) return hit(found.value, 'hit', count);
  const claim = await ask(cache.claim(call.key, call.owner, leaseOf(call)), failed);
  if (claim.kind === 'answer' && claim.value === 'other') {
    const content = await waitFor(call, options);
    if (content !== undefined) return hit(content, 'shared', count);
  }
  count('get', 'miss');
  return workAndKeep(call, options, claim.kind === 'answer' && claim.value === 'mine');
}

const leaseOf = ({ timeoutMs }: CachedCall): number => Math.min(maxLeaseMs, timeoutMs + 1_000);

function hit(content: string, result: 'hit' | 'shared', count: CachedCallOptions['count']): ToolResult {
  count('get', result);
  return { kind: 'ok', content, isCached: true };
}

async function workAndKeep(
  call: CachedCall,
  { cache, count }: CachedCallOptions,
  isClaimed: boolean,
): Promise<ToolResult> {
  const failed = (): void => count('set', 'error');
  try {
    const result = await call.work();
    if (result.kind === 'error') return result;
    if (result.content.length > maxCharacters) count('set', 'too_large');
    else {
      const kept = await ask(cache.write(call.key, result.content, call.lifeMs), failed);
      if (kept.kind === 'answer') count('set', 'stored');
    }
    return result;
  } finally {
    if (isClaimed) await ask(cache.release(call.key, call.owner), failed);
  }
}

/** The result that another call is finding out; undefined when it found none, or takes too long. */
async function waitFor(
  { key, signal }: CachedCall,
  { cache, patienceMs = defaultPatienceMs }: CachedCallOptions,
): Promise<string | undefined> {
  const endsAtMs = performance.now() + patienceMs;
  const ignore = (): void => undefined;
  for (
    let pollMs = 20;
    performance.now() < endsAtMs && !signal.aborted;
    pollMs = Math.min(maxPollMs, pollMs * 1.5)
  ) {
    await delay(pollMs, undefined, { signal }).catch(ignore);
    const claimed = await ask(cache.isClaimed(key), ignore);
    const found = await ask(cache.read(key), ignore);
    if (found.kind === 'none' || claimed.kind === 'none') return undefined;
    if (found.value !== undefined) return found.value;
    if (!claimed.value) return undefined;
  }
  return undefined;
}
