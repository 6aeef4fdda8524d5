import { describe, expect, it } from '@jest/globals';
import { type WheelClock, createTimerWheel } from './timer-wheel';

class ManualClock implements WheelClock {
  timeMs = 1000;
  armed: { atMs: number; wake: () => void } | undefined;

  nowMs(): number {
    return this.timeMs;
  }

  wakeAfter(delayMs: number, wake: () => void): () => void {
    this.armed = { atMs: this.timeMs + delayMs, wake };
    return () => {
      this.armed = undefined;
    };
  }

  advance(toMs: number): void {
    while (this.armed !== undefined && this.armed.atMs <= toMs) {
      const { atMs, wake } = this.armed;
      this.armed = undefined;
      this.timeMs = Math.max(this.timeMs, atMs);
      wake();
    }
    this.timeMs = toMs;
  }
}

describe('the timer wheel', () => {
  it('runs each callback in order of time, never early and at most a tick late', () => {
    const clock = new ManualClock();
    const wheel = createTimerWheel(clock, 4);
    const ran: (readonly [number, number])[] = [];
    for (const atMs of [1050, 1001, 1017, 3000, 1001.5])
      wheel.schedule(atMs, () => ran.push([atMs, clock.timeMs]));
    clock.advance(4000);
    expect(ran.map(([atMs]) => atMs)).toEqual([1001, 1001.5, 1017, 1050, 3000]);
    for (const [atMs, ranMs] of ran) {
      expect(ranMs).toBeGreaterThanOrEqual(atMs);
      expect(ranMs - atMs).toBeLessThanOrEqual(8);
    }
  });

  it('runs what is due already at the next tick', () => {
    const clock = new ManualClock();
    const wheel = createTimerWheel(clock, 4);
    let hasRun = false;
    wheel.schedule(0, () => (hasRun = true));
    expect(hasRun).toBe(false);
    clock.advance(1004);
    expect(hasRun).toBe(true);
  });

  it('catches up after a wake-up that came late', () => {
    const clock = new ManualClock();
    const wheel = createTimerWheel(clock, 4);
    const ran: number[] = [];
    wheel.schedule(1010, () => ran.push(1));
    wheel.schedule(1500, () => ran.push(2));
    clock.timeMs = 2000;
    clock.advance(2000);
    expect(ran).toEqual([1, 2]);
  });

  it('lets callbacks schedule more, and is unarmed when nothing waits', () => {
    const clock = new ManualClock();
    const wheel = createTimerWheel(clock, 4);
    const ran: number[] = [];
    const again = (): void => {
      ran.push(wheel.nowMs());
      if (ran.length < 3) wheel.schedule(wheel.nowMs() + 20, again);
    };
    wheel.schedule(1020, again);
    clock.advance(1100);
    expect(ran).toHaveLength(3);
    expect(clock.armed).toBeUndefined();
    clock.advance(900_000);
    wheel.schedule(900_010, () => ran.push(4));
    clock.advance(900_020);
    expect(ran).toHaveLength(4);
  });

  it('drops what waits when it is stopped', () => {
    const clock = new ManualClock();
    const wheel = createTimerWheel(clock, 4);
    let hasRun = false;
    wheel.schedule(1010, () => (hasRun = true));
    wheel.stop();
    clock.advance(2000);
    expect(hasRun).toBe(false);
    expect(clock.armed).toBeUndefined();
  });
});
