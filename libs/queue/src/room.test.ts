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

describe('Room, whose visitors wait only for a while', () => {
  it('lets them in when a place is free in time, in order of arrival with the others', async () => {
    const room = new Room(1);
    await room.enter();
    const entered: string[] = [];
    const note = (name: string) => (isIn: boolean) => void entered.push(`${name} ${isIn ? 'in' : 'out'}`);
    const visits = [
      room.enterWithin(60_000).then(note('a')),
      room.enter().then(note('b')),
      room.enterWithin(60_000).then(note('c')),
    ];
    expect(room.waiters).toBe(3);
    room.leave();
    await visits[0];
    room.leave();
    await visits[1];
    expect(entered).toEqual(['a in', 'b in']);
    room.close();
    await visits[2];
    expect(entered).toEqual(['a in', 'b in', 'c out']);
    expect(room.taken).toBe(1);
  });

  it('gives nobody a place who has given up', async () => {
    const room = new Room(1);
    await room.enter();
    const impatient = room.enterWithin(5);
    const patient = room.enter();
    expect(await impatient).toBe(false);
    expect(room.waiters).toBe(1);
    room.leave();
    expect(await patient).toBe(true);
    expect(room.taken).toBe(1);
  });

  it('takes a free place at once, and none of a room that is closed', async () => {
    const room = new Room(1);
    expect(await room.enterWithin(0)).toBe(true);
    room.close();
    expect(await room.enterWithin(60_000)).toBe(false);
  });
});
