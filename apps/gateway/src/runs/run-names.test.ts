import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { v5, validate, version } from 'uuid';
import { nameFrom, newName } from './run-names';

describe('a new name', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('is a UUID of version 7, and says when it was made', () => {
    jest.setSystemTime(new Date('2041-02-03T04:05:06.789Z'));
    const name = newName();
    expect(validate(name) && version(name)).toBe(7);
    expect(Number.parseInt(name.replaceAll('-', '').slice(0, 12), 16)).toBe(Date.now());
  });

  it('is another each time, and sorts behind all before it, also within a millisecond and when the clock goes back', () => {
    jest.setSystemTime(new Date('2042-01-01'));
    const names: string[] = [];
    for (let count = 0; count < 20_000; count += 1) names.push(newName());
    jest.setSystemTime(new Date('2041-12-31'));
    for (let count = 0; count < 10; count += 1) names.push(newName());
    jest.setSystemTime(new Date('2042-01-02'));
    names.push(newName());
    expect(new Set(names).size).toBe(names.length);
    expect(names.toSorted()).toEqual(names);
    expect(names.every((name) => validate(name) && version(name) === 7)).toBe(true);
  });

  it('has 62 bits that nobody can tell from those of others', () => {
    const tails = Array.from({ length: 2_000 }, () => BigInt(`0x${newName().slice(19).replace('-', '')}`));
    for (let bit = 0n; bit < 62n; bit += 1n) {
      const ones = tails.filter((tail) => ((tail >> bit) & 1n) === 1n).length;
      expect(Math.abs(ones - 1_000)).toBeLessThan(250);
    }
  });
});

describe('a name from a name', () => {
  it('is the UUID of version 5 that others make of it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.uuid(), (name, namespace) => {
        expect(nameFrom(name.toWellFormed(), namespace)).toBe(v5(name.toWellFormed(), namespace));
      }),
      { numRuns: 500 },
    );
    expect(nameFrom('www.example.com', '6ba7b810-9dad-11d1-80b4-00c04fd430c8')).toBe(
      '2ed6657d-e927-568b-95e1-2665a8aea6a2',
    );
  });
});
