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
  /** How long an answer of the cache may take. */
  readonly operationMs?: number;
}

const defaultOperationMs = 3_000;
const maxLeaseMs = 30_000;
const defaultPatienceMs = 5_000;
const maxPollMs = 200;
const maxCharacters = 256 * 1024;

/** `gone`: it said that it cannot, or that it is not there. `slow`: it has not answered yet. */
type Asked<Value> = { readonly kind: 'answer'; readonly value: Value } | { readonly kind: 'gone' | 'slow' };

/**
 * What the cache says. A cache that is gone says so at once; one that is slow is busy, or this process is, and then the work that it
 * saves is worth the wait: so it is waited for, within bounds.
 */
async function ask<Value>(
  operation: Promise<Value>,
  onError: () => void,
  operationMs = defaultOperationMs,
): Promise<Asked<Value>> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<Asked<Value>>((resolve) => {
    // A late timer fires before an answer that has arrived meanwhile is read: that one still counts.
    timer = setTimeout(() => setImmediate(() => setImmediate(() => resolve({ kind: 'slow' }))), operationMs);
  });
  const answer = operation.then(
    (value): Asked<Value> => ({ kind: 'answer', value }),
    (): Asked<Value> => ({ kind: 'gone' }),
  );
  try {
    const asked = await Promise.race([answer, patience]);
    if (asked.kind !== 'answer') onError();
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
 * K3 A cache that is gone costs nothing, one that hangs a few seconds, and neither the call.
 * K4 A claim that may have been made is given up in the end, also when nobody heard whether it was.
 */
export async function cachedCall(call: CachedCall, options: CachedCallOptions): Promise<ToolResult> {
  const { cache, count, operationMs } = options;
  const failed = (): void => count('get', 'error');
  const found = await ask(cache.read(call.key), failed, operationMs);
  if (found.kind !== 'answer') return call.work();
  if (found.value !== undefined) return hit(found.value, 'hit', count);
  const claim = await ask(cache.claim(call.key, call.owner, leaseOf(call)), failed, operationMs);
  if (claim.kind === 'answer' && claim.value === 'other') {
    const content = await waitFor(call, options);
    if (content !== undefined) return hit(content, 'shared', count);
  }
  count('get', 'miss');
  return workAndKeep(call, options, claim.kind === 'answer' ? claim.value === 'mine' : claim.kind === 'slow');
}

const leaseOf = ({ timeoutMs }: CachedCall): number => Math.min(maxLeaseMs, timeoutMs + 1_000);

function hit(content: string, result: 'hit' | 'shared', count: CachedCallOptions['count']): ToolResult {
  count('get', result);
  return { kind: 'ok', content, isCached: true };
}

async function workAndKeep(
  call: CachedCall,
  { cache, count, operationMs }: CachedCallOptions,
  mayBeClaimed: boolean,
): Promise<ToolResult> {
  const failed = (): void => count('set', 'error');
  try {
    const result = await call.work();
    if (result.kind === 'error') return result;
    if (result.content.length > maxCharacters) count('set', 'too_large');
    else {
      const kept = await ask(cache.write(call.key, result.content, call.lifeMs), failed, operationMs);
      if (kept.kind === 'answer') count('set', 'stored');
    }
    return result;
  } finally {
    if (mayBeClaimed) await ask(cache.release(call.key, call.owner), failed, operationMs);
  }
}

/** The result that another call is finding out; undefined when it found none, or takes too long. */
async function waitFor(
  { key, signal }: CachedCall,
  { cache, operationMs, patienceMs = defaultPatienceMs }: CachedCallOptions,
): Promise<string | undefined> {
  const endsAtMs = performance.now() + patienceMs;
  const ignore = (): void => undefined;
  for (
    let pollMs = 20;
    performance.now() < endsAtMs && !signal.aborted;
    pollMs = Math.min(maxPollMs, pollMs * 1.5)
  ) {
    await delay(pollMs, undefined, { signal }).catch(ignore);
    const claimed = await ask(cache.isClaimed(key), ignore, operationMs);
    const found = await ask(cache.read(key), ignore, operationMs);
    if (found.kind === 'answer' && found.value !== undefined) return found.value;
    if (found.kind === 'gone' || claimed.kind === 'gone') return undefined;
    if (claimed.kind === 'answer' && !claimed.value) return undefined;
  }
  return undefined;
}
