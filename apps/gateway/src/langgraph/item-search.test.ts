import { describe, expect, it } from '@jest/globals';
import type { StoredItem } from '@lumina/store';
import { fits, searchItems } from './item-search';

const item = (n: number): StoredItem => ({
  ...{ namespace: ['n'], key: `k${n}`, value: { n }, createdMs: 0, updatedMs: 0, lifeMs: undefined },
});
/** As many items as are asked for. */
const shelf = (size: number) => ({
  page: async (
    _tenant: string,
    _prefix: readonly string[],
    { from, count }: { from: number; count: number },
  ) =>
    Array.from({ length: Math.max(0, Math.min(count, size - from)) }, (_none, index) => item(from + index)),
});
const query = (filter: Record<string, unknown>) => ({ prefix: [], filter, limit: 3, offset: 1 });

describe('fits', () => {
  it.each([
    [{ a: 1 }, { a: 1 }, true],
    [{ a: { x: 1, y: 2 } }, { a: { y: 2, x: 1 } }, true],
    [{ a: 1 }, { a: { $ne: 1 } }, false],
    [{ a: 5 }, { a: { $gt: 4, $lt: 6 } }, true],
    [{ a: 5 }, { a: { $gte: 5, $lte: 5 } }, true],
    [{ a: 'b' }, { a: { $gt: 'a' } }, true],
    [{ a: '5' }, { a: { $gt: 4 } }, false],
    [{}, { a: { $eq: 1 } }, false],
    [{}, { a: { $ne: 1 } }, true],
    [{ a: {} }, { a: {} }, true],
    ['text', { length: 4 }, false],
    [null, { a: 1 }, false],
  ])('%j by %j: %j', (value, filter, expected) => {
    expect(fits(value, filter)).toBe(expected);
  });

  it('knows no other comparison', () => {
    expect(() => fits({ a: 1 }, { a: { $where: 'x' } })).toThrow(/\$where/);
  });
});

describe('searchItems', () => {
  it('goes through the pages until it has enough', async () => {
    const found = await searchItems(shelf(900), 'acme', query({ n: { $gte: 500 } }));
    expect(found.map(({ key }) => key)).toEqual(['k501', 'k502', 'k503']);
  });

  it('ends with the items', async () => {
    expect(await searchItems(shelf(10), 'acme', query({ n: 'nothing' }))).toEqual([]);
  });

  it('asks for more to go by rather than look at everything', async () => {
    const searching = searchItems(shelf(1_000_000), 'acme', query({ n: 'nothing' }));
    await expect(searching).rejects.toMatchObject({ code: 'LUM_VALIDATION_FAILED' });
  });
});
