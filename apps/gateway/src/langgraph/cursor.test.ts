import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { beginning, cursorId, readCursor } from './cursor';

describe('a cursor', () => {
  it('is read as it was written', () => {
    const cursor = fc.record({ seq: fc.nat(), frame: fc.nat({ max: 999_999 }) });
    fc.assert(fc.property(cursor, (given) => expect(readCursor(cursorId(given))).toEqual(given)));
  });

  it('asks for everything with -1', () => {
    expect(readCursor('-1')).toEqual(beginning);
  });

  it.each([
    '',
    '1',
    '1-',
    '-1-1',
    '1-1-1',
    '1.5-0',
    ' 1-1',
    '1e3-1',
    'abc',
    `${'9'.repeat(16)}-1`,
    '1-1234567',
  ])('was never %j', (id) => {
    expect(readCursor(id)).toBeUndefined();
  });
});
