import { describe, expect, it } from '@jest/globals';
import { pause } from '@lumina/testbed';
import { closedLoop } from './closed-loop';
import { openLoop } from './open-loop';

const signal = new AbortController().signal;

describe('the closed loop', () => {
  it('has so many runs under way and no more, and waits for the last', async () => {
    let underWay = 0;
    let most = 0;
    let answered = 0;
    const ask = async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await pause(10);
      underWay -= 1;
      answered += 1;
    };
    const load = await closedLoop(ask, { clients: 4, seconds: 0.1, signal });
    expect(most).toBe(4);
    expect(load.latenciesMs).toHaveLength(answered);
    expect(answered).toBeGreaterThanOrEqual(8);
    expect(load.elapsedMs).toBeGreaterThanOrEqual(100);
    expect(underWay).toBe(0);
  });

  it('ends with the runs that it was told', async () => {
    const load = await closedLoop(async () => undefined, { clients: 3, seconds: 60, runs: 10, signal });
    expect(load.latenciesMs).toHaveLength(10);
  });

  it('counts what was not answered by its reason, and does not ask in a busy loop', async () => {
    const ask = () => Promise.reject(new Error('503'));
    const load = await closedLoop(ask, { clients: 1, seconds: 0.2, signal });
    expect(load.latenciesMs).toEqual([]);
    expect([...load.errors.keys()]).toEqual(['Error: 503']);
    expect(load.errors.get('Error: 503')).toBeLessThanOrEqual(5);
  });

  it('stops when it is interrupted', async () => {
    const interrupted = AbortSignal.timeout(50);
    const load = await closedLoop(() => pause(5), { clients: 1, seconds: 60, signal: interrupted });
    expect(load.elapsedMs).toBeLessThan(5_000);
  });
});

describe('the open loop', () => {
  it('asks at its rate, however long answers take', async () => {
    let underWay = 0;
    let most = 0;
    const ask = async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await pause(100);
      underWay -= 1;
    };
    const load = await openLoop(ask, { rate: 200, seconds: 0.2, signal });
    expect(load.latenciesMs).toHaveLength(40);
    expect(most).toBeGreaterThan(5);
  });

  it('counts from when a run was due: what holds the generator up is not hidden', async () => {
    let isFirst = true;
    const ask = async () => {
      if (!isFirst) return;
      isFirst = false;
      const until = performance.now() + 100;
      while (performance.now() < until);
    };
    const { latenciesMs } = await openLoop(ask, { rate: 100, seconds: 0.1, signal });
    expect(latenciesMs.filter((ms) => ms > 20).length).toBeGreaterThanOrEqual(6);
  });
});
