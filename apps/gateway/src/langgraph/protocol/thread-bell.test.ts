import { describe, expect, it } from '@jest/globals';
import { ThreadBell } from './thread-bell';

const never = new AbortController().signal;

describe('ThreadBell', () => {
  it('wakes all who wait for a thread, and no others', async () => {
    const bell = new ThreadBell();
    let woken = 0;
    const wait = (thread: string) => bell.wait(thread, 60_000, never).then(() => (woken += 1));
    const waiting = [wait('a'), wait('a')];
    bell.ring('b');
    expect(woken).toBe(0);
    bell.ring('a');
    await Promise.all(waiting);
    expect(woken).toBe(2);
    bell.ring('a');
  });

  it('gives up when the time is up, or the signal fires', async () => {
    const bell = new ThreadBell();
    await bell.wait('a', 5, never);
    const leaving = new AbortController();
    const waiting = bell.wait('a', 60_000, leaving.signal);
    leaving.abort();
    await waiting;
    await bell.wait('a', 60_000, leaving.signal);
  });
});
