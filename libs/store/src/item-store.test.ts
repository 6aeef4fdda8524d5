import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ThrowawayRedis, eventually, startRedis } from '@lumina/testing';
import { StoreBench } from './testing/store-bench';

const all = { from: 0, count: 100 };

describe('ItemStore', () => {
  let server: ThrowawayRedis;
  let bench: StoreBench;
  beforeAll(async () => {
    server = await startRedis();
    bench = await StoreBench.on(server.port);
  });
  beforeEach(() => bench.clear());
  afterAll(async () => {
    bench.close();
    await server.stop();
  });

  const put = (namespace: readonly string[], key: string, value: unknown = {}, lifeMs?: number) =>
    bench.items.put('acme', { namespace, key, value, lifeMs });
  const names = async (prefix: readonly string[], page = all) =>
    (await bench.items.page('acme', prefix, page)).map(({ namespace, key }) => [...namespace, key].join('/'));

  it('keeps a value and when it came', async () => {
    await put(['u', '1'], 'k', { a: 1 });
    const first = await bench.items.get('acme', { namespace: ['u', '1'], key: 'k' });
    expect(first).toMatchObject({ namespace: ['u', '1'], key: 'k', value: { a: 1 }, lifeMs: undefined });
    await put(['u', '1'], 'k', { a: 2 });
    const second = await bench.items.get('acme', { namespace: ['u', '1'], key: 'k' });
    expect(second).toMatchObject({ value: { a: 2 }, createdMs: first?.createdMs });
    expect(await names([])).toEqual(['u/1/k']);
  });

  it('finds what is in and below a namespace, and not what only begins alike', async () => {
    await put(['user'], 'far');
    await put(['u'], 'near');
    await put(['u', '1'], 'below');
    await put([], 'root');
    await put(['u', '日本'], 'wide');
    expect(await names(['u'])).toEqual(['u/near', 'u/1/below', 'u/日本/wide']);
    expect(await names([])).toEqual(['root', 'u/near', 'u/1/below', 'u/日本/wide', 'user/far']);
    expect(await names(['u'], { from: 1, count: 1 })).toEqual(['u/1/below']);
  });

  it('lists namespaces as long as they hold something', async () => {
    await put(['a', 'b'], 'k1');
    await put(['a', 'b'], 'k2');
    await put(['a'], 'k');
    expect(await bench.items.namespaces('acme', [], 10)).toEqual([['a'], ['a', 'b']]);
    await bench.items.remove('acme', { namespace: ['a', 'b'], key: 'k1' });
    expect(await bench.items.namespaces('acme', ['a', 'b'], 10)).toEqual([['a', 'b']]);
    expect(await bench.items.remove('acme', { namespace: ['a', 'b'], key: 'k2' })).toBe(true);
    expect(await bench.items.remove('acme', { namespace: ['a', 'b'], key: 'k2' })).toBe(false);
    expect(await bench.items.namespaces('acme', [], 10)).toEqual([['a']]);
  });

  it('ends what has a life, in the index too', async () => {
    await put(['short'], 'k', {}, 60);
    await put(['long'], 'k', {}, 60_000);
    await eventually('it is over', async () => (await names(['short'])).length === 0);
    expect(await bench.items.namespaces('acme', [], 10)).toEqual([['long']]);
    expect(await bench.redis.zcard('lum:{s0}:itemends:acme')).toBe(1);
  });

  it('a life begins anew when it is refreshed, and ends with the next writing without one', async () => {
    await put([], 'k', {}, 60_000);
    await bench.redis.pexpire('lum:{s0}:item:acme:\u001ek', 5_000);
    await bench.items.refresh('acme', { namespace: [], key: 'k' });
    expect(await bench.redis.pttl('lum:{s0}:item:acme:\u001ek')).toBeGreaterThan(50_000);
    await put([], 'k');
    expect(await bench.redis.pttl('lum:{s0}:item:acme:\u001ek')).toBe(-1);
    await bench.items.refresh('acme', { namespace: [], key: 'gone' });
    expect(await bench.items.get('acme', { namespace: [], key: 'gone' })).toBeUndefined();
  });

  it("never shows a tenant another's", async () => {
    await put(['a'], 'k', { secret: true });
    expect(await bench.items.get('rival', { namespace: ['a'], key: 'k' })).toBeUndefined();
    expect(await bench.items.page('rival', [], all)).toEqual([]);
    expect(await bench.items.namespaces('rival', [], 10)).toEqual([]);
    expect(await bench.items.remove('rival', { namespace: ['a'], key: 'k' })).toBe(false);
    expect(await names([])).toEqual(['a/k']);
  });
});
