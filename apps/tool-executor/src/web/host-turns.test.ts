import { describe, expect, it } from '@jest/globals';
import { hostTurns } from './host-turns';

const signal = new AbortController().signal;

describe('hostTurns', () => {
  it('keeps visitors of one host apart, in their order, and a pause between them', async () => {
    const turns = hostTurns();
    const visits: string[] = [];
    const visit = async (name: string): Promise<void> => {
      const leave = await turns.take('a', 50, signal);
      visits.push(`${name} in`);
      await new Promise((resolve) => setTimeout(resolve, 10));
      visits.push(`${name} out`);
      leave();
    };
    const from = performance.now();
    await Promise.all([visit('1'), visit('2'), visit('3')]);
    expect(visits).toEqual(['1 in', '1 out', '2 in', '2 out', '3 in', '3 out']);
    expect(performance.now() - from).toBeGreaterThan(120);
  });

  it('holds nobody up at another host', async () => {
    const turns = hostTurns();
    await turns.take('a', 10_000, signal);
    const from = performance.now();
    (await turns.take('b', 10_000, signal))();
    expect(performance.now() - from).toBeLessThan(5_000);
  });

  it('passes the turn of one who gave up on, after the one before has left', async () => {
    const turns = hostTurns();
    const leaveFirst = await turns.take('a', 0, signal);
    const stop = new AbortController();
    const second = turns.take('a', 0, stop.signal);
    let hasThird = false;
    const third = turns.take('a', 0, signal).then((leave) => {
      hasThird = true;
      leave();
    });
    stop.abort();
    await expect(second).rejects.toThrow();
    expect(hasThird).toBe(false);
    leaveFirst();
    await third;
    expect(hasThird).toBe(true);
  });

  it('takes nobody whose signal has fired', async () => {
    await expect(hostTurns().take('a', 0, AbortSignal.abort())).rejects.toThrow();
  });

  it('forgets hosts that nobody visits', async () => {
    const turns = hostTurns();
    for (let host = 0; host < 1_100; host++) (await turns.take(`h${host}`, 10_000, signal))();
    const from = performance.now();
    (await turns.take('h0', 10_000, signal))();
    expect(performance.now() - from).toBeLessThan(5_000);
  });
});
