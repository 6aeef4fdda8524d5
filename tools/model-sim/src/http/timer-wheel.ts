/**
 * One timer for any number of paced streams: callbacks wait in slots of `tickMs`, and each wake-up runs every slot
 * that has come due. Invariants:
 *
 * W1 A callback never runs before its time and runs at most one tick (plus the loop's own delay) after it.
 * W2 The timer is armed exactly while callbacks wait, so an idle wheel costs nothing and never keeps a process alive.
 */
export interface TimerWheel {
  /** Runs `callback` once `atMs` (on this wheel's clock) has come; at the next tick if it has passed. */
  schedule(atMs: number, callback: () => void): void;
  nowMs(): number;
  /** Drops whatever waits. */
  stop(): void;
}

export interface WheelClock {
  nowMs(): number;
  /** Arms one wake-up; returns how to disarm it. */
  wakeAfter(delayMs: number, wake: () => void): () => void;
}

export const systemClock: WheelClock = {
  nowMs: () => performance.now(),
  wakeAfter: (delayMs, wake) => {
    const timer = setTimeout(wake, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
};

export function createTimerWheel(clock: WheelClock = systemClock, tickMs = 4): TimerWheel {
  const slots = new Map<number, (() => void)[]>();
  let doneTick = Math.floor(clock.nowMs() / tickMs);
  let disarm: (() => void) | undefined;

  const arm = (): void => {
    if (disarm === undefined && slots.size > 0) disarm = clock.wakeAfter(tickMs, turn);
  };
  const turn = (): void => {
    disarm = undefined;
    const nowTick = Math.floor(clock.nowMs() / tickMs);
    for (const callback of takeDue(nowTick)) callback();
    arm();
  };
  const takeDue = (nowTick: number): (() => void)[] => {
    const due: (() => void)[] = [];
    for (; doneTick < nowTick; doneTick += 1) {
      due.push(...(slots.get(doneTick + 1) ?? []));
      slots.delete(doneTick + 1);
    }
    return due;
  };
  return {
    schedule: (atMs, callback) => {
      if (slots.size === 0) doneTick = Math.floor(clock.nowMs() / tickMs);
      const tick = Math.max(Math.ceil(atMs / tickMs), doneTick + 1);
      const slot = slots.get(tick);
      if (slot === undefined) slots.set(tick, [callback]);
      else slot.push(callback);
      arm();
    },
    nowMs: () => clock.nowMs(),
    stop: () => {
      slots.clear();
      disarm?.();
      disarm = undefined;
    },
  };
}
