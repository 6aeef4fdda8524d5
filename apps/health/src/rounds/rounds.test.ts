import type { HealthSnapshot } from '@lumina/contracts';
import { eventually } from '@lumina/testing';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Probe } from '../probes/probe';
import { Rounds, type RoundsOptions } from './rounds';

const begun: Rounds[] = [];
afterEach(() => {
  for (const rounds of begun.splice(0)) rounds.stop();
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function roundsOf(probes: readonly Probe[], options: Partial<RoundsOptions> = {}) {
  const seen: HealthSnapshot[] = [];
  const onRound = (snapshot: HealthSnapshot): void => void seen.push(snapshot);
  const rounds = new Rounds({ probes, intervalMs: 20, timeoutMs: 500, onRound, ...options });
  begun.push(rounds);
  return { rounds, seen };
}

const probe = (name: string, isCritical: boolean, isHealthy: () => boolean): Probe => ({
  name,
  isCritical,
  run: async () => ({ isHealthy: isHealthy(), detail: name }),
});

describe('rounds', () => {
  it('know nothing before the first has ended', () => {
    expect(roundsOf([]).rounds.snapshot).toBeUndefined();
  });

  it('look again and again and tell each result', async () => {
    let isUp = true;
    const { rounds, seen } = roundsOf([probe('redis', true, () => isUp), probe('llm', false, () => false)]);
    rounds.start();
    await eventually('degraded', () => rounds.snapshot?.status === 'degraded');
    isUp = false;
    await eventually('unhealthy', () => rounds.snapshot?.status === 'unhealthy');
    isUp = true;
    await eventually('recovered', () => rounds.snapshot?.status === 'degraded');
    expect(Object.keys(seen[0]?.checks ?? {})).toEqual(['redis', 'llm']);
    const changes = rounds.history.transitions.filter(({ subject }) => subject === 'status');
    expect(changes.map(({ to }) => to)).toEqual(['degraded', 'unhealthy', 'degraded']);
  });

  it('run the probes side by side', async () => {
    const running: string[] = [];
    let most = 0;
    const slow = (name: string): Probe => ({
      name,
      isCritical: false,
      run: async () => {
        most = Math.max(most, running.push(name));
        await pause(100);
        running.pop();
        return { isHealthy: true, detail: '' };
      },
    });
    const { rounds, seen } = roundsOf(['a', 'b', 'c', 'd', 'e', 'f'].map(slow));
    rounds.start();
    await eventually('a round', () => seen.length > 0);
    expect(most).toBe(6);
  });

  it('keep the interval from start to start', async () => {
    const startsMs: number[] = [];
    const run = async () => {
      startsMs.push(performance.now());
      await pause(250);
      return { isHealthy: true, detail: '' };
    };
    const { rounds, seen } = roundsOf([{ name: 'p', isCritical: false, run }], { intervalMs: 300 });
    rounds.start();
    await eventually('four rounds', () => seen.length >= 4);
    const gapsMs = startsMs.slice(1).map((startMs, index) => startMs - (startsMs[index] ?? 0));
    expect(Math.min(...gapsMs)).toBeGreaterThanOrEqual(290);
    expect(Math.min(...gapsMs)).toBeLessThan(540);
  });

  it('come early when somebody asks, and not more often than once a second', async () => {
    const { rounds, seen } = roundsOf([], { intervalMs: 60_000 });
    rounds.start();
    await eventually('the first', () => seen.length === 1);
    for (let asked = 0; asked < 50; asked += 1) rounds.soon();
    await pause(500);
    expect(seen).toHaveLength(1);
    await eventually('the second', () => seen.length === 2, 1_500);
    await pause(100);
    expect(seen).toHaveLength(2);
  });

  it('remember that somebody asked while a round was under way', async () => {
    const { rounds, seen } = roundsOf(
      [
        {
          name: 'p',
          isCritical: false,
          run: async () => {
            await pause(50);
            return { isHealthy: true, detail: '' };
          },
        },
      ],
      { intervalMs: 60_000 },
    );
    rounds.start();
    await pause(10);
    rounds.soon();
    await eventually('the second', () => seen.length === 2, 2_000);
  });

  it('tell nobody after they were stopped', async () => {
    const held: (() => void)[] = [];
    const run = () =>
      new Promise<{ isHealthy: boolean; detail: string }>((resolve) => {
        held.push(() => resolve({ isHealthy: true, detail: '' }));
      });
    const { rounds, seen } = roundsOf([{ name: 'p', isCritical: false, run }]);
    rounds.start();
    rounds.start();
    rounds.stop();
    for (const end of held) end();
    await pause(50);
    expect(held).toHaveLength(1);
    expect(seen).toEqual([]);
  });

  it('stop while they rest', async () => {
    const { rounds, seen } = roundsOf([], { intervalMs: 20 });
    rounds.start();
    await eventually('one', () => seen.length > 0);
    rounds.stop();
    const count = seen.length;
    await pause(80);
    expect(seen).toHaveLength(count);
  });

  it('are overdue when none ends', async () => {
    const { rounds } = roundsOf([], { intervalMs: 10, timeoutMs: 10 });
    expect(rounds.overdueMs).toBeUndefined();
    await pause(80);
    expect(rounds.overdueMs).toBeGreaterThan(60);
    rounds.start();
    await eventually('in time again', () => rounds.overdueMs === undefined);
  });

  it('refuse two probes of one name', () => {
    expect(() => roundsOf([probe('a', true, () => true), probe('a', false, () => true)])).toThrow(
      'same name',
    );
  });
});
