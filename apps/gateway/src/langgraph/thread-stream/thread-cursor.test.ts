import { describe, expect, it } from '@jest/globals';
import { fromPosition, isBehind, readThreadCursor, threadCursorId } from './thread-cursor';

describe('a cursor of a thread', () => {
  it('is read as it was written', () => {
    const cursor = { position: 12, seq: 57, frame: 3 };
    expect(readThreadCursor(threadCursorId(cursor), 12)).toEqual(cursor);
  });

  it('may be for everything', () => {
    expect(readThreadCursor('-1', 0)).toEqual(fromPosition(1));
    expect(isBehind(fromPosition(1), { position: 1, seq: 1, frame: 0 })).toBe(true);
  });

  it.each(['', 'x', '1-2', '7-0-0-0', '9'.repeat(40), '14-1-0'])(
    'is refused where no frame had it: %j',
    (id) => {
      expect(() => readThreadCursor(id, 12)).toThrow(/never given out/);
    },
  );

  it.each([
    [{ position: 3, seq: 4, frame: 2 }, true],
    [{ position: 3, seq: 5, frame: 0 }, true],
    [{ position: 4, seq: 1, frame: 0 }, true],
    [{ position: 3, seq: 4, frame: 1 }, false],
    [{ position: 3, seq: 3, frame: 9 }, false],
    [{ position: 2, seq: 9, frame: 9 }, false],
  ])('has %j behind it: %s', (frame, expected) => {
    expect(isBehind({ position: 3, seq: 4, frame: 1 }, frame)).toBe(expected);
  });
});
