import { describe, expect, it } from '@jest/globals';
import { Room } from './room';

describe('Room', () => {
  it('lets so many in, and the next when somebody leaves, in order of arrival', async () => {
    const room = new Room(2);
    expect([await room.enter(), await room.enter()]).toEqual([true, true]);
    const entered: string[] = [];
    void room.enter().then(() => entered.push('first'));
    void room.enter().then(() => entered.push('second'));
    await Promise.resolve();
    expect({ entered, taken: room.taken }).toEqual({ entered: [], taken: 2 });
    room.leave();
    await new Promise(setImmediate);
    expect({ entered, taken: room.taken }).toEqual({ entered: ['first'], taken: 2 });
  });

  it('turns everybody away once it is closed, those who wait as well', async () => {
    const room = new Room(1);
    await room.enter();
    const waiting = room.enter();
    room.close();
    expect([await waiting, await room.enter()]).toEqual([false, false]);
    expect(room.taken).toBe(1);
  });

  it('is empty when the last has left', async () => {
    const room = new Room(2);
    await room.empty();
    await room.enter();
    await room.enter();
    let isEmpty = false;
    void room.empty().then(() => (isEmpty = true));
    room.leave();
    await new Promise(setImmediate);
    expect(isEmpty).toBe(false);
    room.leave();
    await new Promise(setImmediate);
    expect(isEmpty).toBe(true);
  });
});
