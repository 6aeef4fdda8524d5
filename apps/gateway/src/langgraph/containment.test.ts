import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { contains, selected } from './containment';

describe('contains', () => {
  it.each([
    [{ a: 1, b: 2 }, { a: 1 }, true],
    [{ a: { b: 1, c: 2 } }, { a: { b: 1 } }, true],
    [{ a: [1, { b: 2, c: 3 }] }, { a: [{ b: 2 }] }, true],
    [{ a: [1] }, { a: [1, 2] }, false],
    [{ a: 1 }, { a: '1' }, false],
    [{ a: null }, { a: null }, true],
    [{}, { a: null }, false],
    [{}, { constructor: Object }, false],
    [[], {}, false],
    [null, {}, false],
    ['x', ['x'], false],
  ])('%j holds %j: %j', (value, wanted, expected) => {
    expect(contains(value, wanted)).toBe(expected);
  });

  it('any JSON holds itself', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => contains(value, JSON.parse(JSON.stringify(value)))));
  });
});

describe('selected', () => {
  it('gives the named fields, or all', () => {
    expect(selected({ a: 1, b: 2 }, ['b', 'toString'])).toEqual({ b: 2 });
    expect(selected({ a: 1 }, undefined)).toEqual({ a: 1 });
  });
});
