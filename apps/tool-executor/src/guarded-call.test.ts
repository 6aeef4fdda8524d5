import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Scrubber } from '@lumina/platform';
import { register } from 'prom-client';
import { z } from 'zod';
import { MemoryResultCache } from './cache/result-cache';
import { type CallGuards, type GuardedCallOptions, cacheKey, guardedCalls } from './guarded-call';
import { origin, testGuards } from './testing/guards';
import { type Tool, defineTool, ok } from './tool';
import { type ScratchWorkspace, scratchWorkspace } from './workspace/scratch-workspace';

let scratch: ScratchWorkspace;
beforeEach(async () => {
  scratch = await scratchWorkspace();
});
afterEach(() => scratch.remove());

const counter = async (name: string): Promise<unknown> =>
  (await register.getSingleMetric(name)?.get())?.values;

interface Asking {
  readonly tenant?: string;
  readonly user?: string;
  readonly onBegin?: () => undefined;
}

function bench(more: Partial<Tool> = {}, changes: Partial<CallGuards> = {}) {
  let nowMs = 0;
  let runs = 0;
  let calls = 0;
  const clock = (): number => nowMs;
  const off = new Set<string>();
  const switches: CallGuards['switches'] = {
    offFor: (name, tenant) => (off.has(tenant) ? { name, tenant, by: 'x', at: 0 } : undefined),
  };
  const guards = testGuards({ switches, ...changes }, clock);
  const call = guardedCalls(guards);
  const schema = z.object({ q: z.string().trim(), n: z.number().default(1) });
  const tool: Tool = {
    ...defineTool({
      name: 'search_it',
      description: 'd',
      schema,
      risk: 'read',
      isIdempotent: true,
      timeoutMs: 1_000,
      run: async ({ q, n }) => ok(`${q} ${n} ${++runs}`),
    }),
    ...more,
  };
  const ask = (
    args: Record<string, unknown>,
    { tenant = 'a', user = 'u', onBegin = () => undefined }: Asking = {},
    options: Partial<GuardedCallOptions> = {},
  ) =>
    call(
      tool,
      args,
      { workspace: scratch.workspace, signal: new AbortController().signal, idempotencyKey: `c${++calls}` },
      { origin: { ...origin, tenant, user }, onBegin, ...options },
    );
  return { ask, guards, off, runs: () => runs, pass: (ms: number) => void (nowMs += ms) };
}

const limited = { rateLimit: { calls: 2, perMs: 60_000 } };
const cached = { cacheMs: 1_000 };

describe('a guarded call', () => {
  it('is refused while an operator has switched its tool off for the tenant, and begins nothing', async () => {
    const { ask, off, runs } = bench({ ...limited, ...cached });
    await ask({ q: 'x' });
    off.add('a');
    let begun = 0;
    const refused = await ask({ q: 'x' }, { onBegin: () => void (begun += 1) });
    expect(refused).toMatchObject({ kind: 'error', type: 'switched_off' });
    expect(await ask({ q: 'y' }, { tenant: 'b' })).toMatchObject({ kind: 'ok' });
    off.delete('a');
    expect(await ask({ q: 'z' })).toMatchObject({ kind: 'ok' });
    expect([runs(), begun]).toEqual([3, 0]);
  });

  it('runs the tool', async () => {
    const { ask } = bench();
    expect(await ask({ q: 'x' })).toEqual({ kind: 'ok', content: 'x 1 1' });
  });

  it('is refused beyond the rate, with the time to come back, and counted', async () => {
    const { ask, pass, runs } = bench(limited);
    await ask({ q: 'x' });
    pass(10_000);
    await ask({ q: 'x' });
    pass(5_500);
    expect(await ask({ q: 'x' })).toEqual({
      kind: 'error',
      type: 'rate_limited',
      message: 'search_it may be called 2 times in 60 s, and was; try again in 45 s, or go on without it',
    });
    expect(runs()).toBe(2);
    expect(await counter('lumina_rate_limited_total')).toMatchObject([
      { labels: { scope: 'user', tool: 'search_it' }, value: 1 },
    ]);
    expect(await ask({ q: 'x' }, { tenant: 'b' })).toMatchObject({ kind: 'ok' });
  });

  it('with wrong arguments counts for nothing and is not run', async () => {
    const { ask, runs } = bench({ ...limited, ...cached });
    for (let round = 0; round < 5; round++)
      expect(await ask({ q: 1 })).toMatchObject({ type: 'bad_arguments' });
    expect(await ask({ q: 'x' })).toMatchObject({ kind: 'ok' });
    expect(runs()).toBe(1);
  });

  it('is answered from the cache when it says the same in other words', async () => {
    const { ask, pass, runs } = bench(cached);
    await ask({ q: 'x' });
    expect(await ask({ n: 1, q: ' x ' })).toEqual({ kind: 'ok', content: 'x 1 1', isCached: true });
    pass(1_001);
    expect(await ask({ q: 'x' })).toEqual({ kind: 'ok', content: 'x 1 2' });
    expect(runs()).toBe(2);
  });

  it('is never answered with what another tenant got', async () => {
    const { ask, runs } = bench(cached);
    await ask({ q: 'x' });
    expect(await ask({ q: 'x' }, { tenant: 'b' })).not.toHaveProperty('isCached');
    expect(runs()).toBe(2);
  });

  it('counts for the rate when it is answered from the cache too', async () => {
    const { ask } = bench({ ...limited, ...cached });
    await ask({ q: 'x' });
    await ask({ q: 'x' });
    expect(await ask({ q: 'x' })).toMatchObject({ type: 'rate_limited' });
  });

  it('says when the tool begins: not before, and not at all when it is not run', async () => {
    const { ask } = bench({ ...limited, ...cached });
    let begun = 0;
    const onBegin = (): undefined => void (begun += 1);
    await ask({ q: 1 }, { onBegin });
    expect(begun).toBe(0);
    await ask({ q: 'x' }, { onBegin });
    await ask({ q: 'x' }, { onBegin });
    await ask({ q: 'y' }, { onBegin });
    expect(begun).toBe(1);
  });

  it('stays open when nobody can tell the rate', async () => {
    const call = guardedCalls(testGuards({ limits: { take: () => Promise.reject(new Error('away')) } }));
    const tool = { ...limited, name: 't', schema: z.object({}), description: 'd', risk: 'read' as const };
    const run = async (): Promise<never> => Promise.reject(new Error('must not run'));
    await expect(
      call(
        { ...tool, isIdempotent: true, timeoutMs: 100, run },
        {},
        { workspace: scratch.workspace, signal: new AbortController().signal, idempotencyKey: 'k' },
        { origin },
      ),
    ).rejects.toThrow('away');
  });
});

describe('a guarded call and its policy', () => {
  const refusing: Partial<CallGuards> = {
    gate: { admit: async () => ({ kind: 'refused', why: 'denied', reason: 'no' }) },
  };

  it('is not run, not counted and not answered from the cache where the gate refuses it, and that is told', async () => {
    const open = bench({ ...limited, ...cached });
    await open.ask({ q: 'x' });
    const { ask, guards, runs } = bench({ ...limited, ...cached }, { ...refusing, cache: open.guards.cache });
    for (let round = 0; round < 5; round++)
      expect(await ask({ q: 'x' })).toEqual({ kind: 'error', type: 'access_denied', message: 'no' });
    expect([runs(), guards.refusals[0], guards.refusals.length]).toEqual([0, 'search_it denied', 5]);
  });

  it('stays open when nobody can tell its policy', async () => {
    const { ask, runs } = bench({}, { gate: { admit: () => Promise.reject(new Error('away')) } });
    await expect(ask({ q: 'x' })).rejects.toThrow('away');
    expect(runs()).toBe(0);
  });

  it('is on record before and after, where it may write', async () => {
    const { ask, guards } = bench({ risk: 'write' });
    await ask({ q: 'x' });
    const record = {
      ...{ tool: 'search_it', risk: 'write', call: 'r1/call:1.0', tenant: 'a', user: 'u', agent: 'lumina' },
      ...{ argsDigest: expect.stringMatching(/^[0-9a-f]{64}$/), admittedBy: 'policy' },
    };
    expect(guards.records).toEqual([
      { phase: 'before', ...record },
      { phase: 'after', ...record, outcome: 'ok', durationMs: expect.any(Number) },
    ]);
  });

  it('has its record before it begins, and one after it however it ends', async () => {
    const seen: number[] = [];
    const guards = testGuards();
    const run = async (): Promise<never> => {
      seen.push(guards.records.length);
      throw new Error('broken');
    };
    const { ask } = bench({ risk: 'dangerous', run }, { onRecord: guards.onRecord });
    await ask({ q: 'x' });
    expect([seen, guards.records[1]]).toMatchObject([[1], { outcome: 'error', errorType: 'internal' }]);
  });

  it('is on no record where it only reads, or is not run', async () => {
    const reading = bench();
    await reading.ask({ q: 'x' });
    const refused = bench({ risk: 'write' }, refusing);
    await refused.ask({ q: 'x' });
    const wrong = bench({ risk: 'write' });
    await wrong.ask({ q: 1 });
    expect([reading, refused, wrong].flatMap(({ guards }) => guards.records)).toEqual([]);
  });
});

describe('a guarded call and its output', () => {
  const scrubber = new Scrubber(() => ['very-secret-value']);

  it('has no secret in its answer, its cache or what is kept of it', async () => {
    const cache = new MemoryResultCache(() => 0);
    const written: string[] = [];
    const { ask } = bench(
      { ...cached, run: async () => ok(`very-secret-value ${'x'.repeat(70_000)}`) },
      {
        scrubber,
        cache: {
          read: (key) => cache.read(key),
          claim: (...given) => cache.claim(...given),
          write: async (_key, content) => void written.push(content),
          isClaimed: (key) => cache.isClaimed(key),
          release: (...given) => cache.release(...given),
        },
      },
    );
    const kept: string[] = [];
    const keep = async (text: string) => {
      kept.push(text);
      return { kind: 'kept', path: 'p' } as const;
    };
    const answer = await ask({ q: 'x' }, {}, { keep });
    expect([written.length, kept.length]).toEqual([1, 1]);
    expect(JSON.stringify([answer, written, kept])).not.toContain('very-secret-value');
    expect(JSON.stringify(answer)).toContain('[removed: known secret]');
  });

  it('is cut for each call by itself, also from the cache: another thread has no such file', async () => {
    const { ask } = bench({ ...cached, run: async () => ok('x'.repeat(70_000)) });
    const keep = (path: string) => async () => ({ kind: 'kept', path }) as const;
    const [first, second] = [
      await ask({ q: 'x' }, {}, { keep: keep('first.txt') }),
      await ask({ q: 'x' }, {}, { keep: keep('second.txt') }),
    ];
    expect(first).toMatchObject({ content: expect.stringContaining('first.txt') });
    expect(second).toMatchObject({ isCached: true, content: expect.stringContaining('second.txt') });
  });
});

describe('cacheKey', () => {
  it('is the same whatever the order of names, at any depth', () => {
    expect(cacheKey('a', 't', { x: { b: 1, a: [1, { d: 1, c: 2 }] }, y: 1 })).toBe(
      cacheKey('a', 't', { y: 1, x: { a: [1, { c: 2, d: 1 }], b: 1 } }),
    );
  });

  it('differs for anything that differs', () => {
    const keys = [
      cacheKey('a', 't', { x: 1 }),
      cacheKey('a', 't', { x: '1' }),
      cacheKey('a', 't', { x: [1] }),
      cacheKey('a', 't', { x: {} }),
      cacheKey('a', 't', { x: [] }),
      cacheKey('a', 't', {}),
      cacheKey('a', 'u', { x: 1 }),
      cacheKey('b', 't', { x: 1 }),
      cacheKey('a","t', 't', { x: 1 }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});
