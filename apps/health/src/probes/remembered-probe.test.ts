import { describe, expect, it } from '@jest/globals';
import { rememberedProbe } from './remembered-probe';

const signal = new AbortController().signal;

const counted = (findings: readonly boolean[]) => {
  let runs = 0;
  const clock = { ms: 0 };
  const probe = {
    name: 'llm',
    isCritical: false,
    run: async () => {
      clock.ms += 7;
      const isHealthy = findings[runs] ?? true;
      runs += 1;
      return { isHealthy, detail: `run ${runs}` };
    },
  };
  return { clock, remembered: rememberedProbe(probe, 30_000, () => clock.ms), runs: () => runs };
};

describe('a remembered probe', () => {
  it('keeps the name and the weight of the probe', () => {
    expect(counted([]).remembered).toMatchObject({ name: 'llm', isCritical: false });
  });

  it('does not look again while a good finding counts, and tells when it was seen', async () => {
    const { clock, remembered, runs } = counted([true, true]);
    const before = Date.now();
    await remembered.run(signal);
    clock.ms += 29_999;
    const again = await remembered.run(signal);
    expect(again).toMatchObject({ isHealthy: true, detail: 'run 1', seen: { latencyMs: 7 } });
    expect(again.seen?.atMs).toBeGreaterThanOrEqual(before);
    expect(runs()).toBe(1);
  });

  it('looks again when the finding has lapsed', async () => {
    const { clock, remembered, runs } = counted([true, true]);
    await remembered.run(signal);
    clock.ms += 30_000;
    expect(await remembered.run(signal)).toEqual({ isHealthy: true, detail: 'run 2' });
    expect(runs()).toBe(2);
  });

  it('does not remember what was not well', async () => {
    const { remembered } = counted([false, true]);
    expect((await remembered.run(signal)).isHealthy).toBe(false);
    expect((await remembered.run(signal)).isHealthy).toBe(true);
  });

  it('forgets a good finding that has lapsed when the next look fails', async () => {
    const { clock, remembered } = counted([true, false, false]);
    await remembered.run(signal);
    clock.ms += 30_000;
    expect((await remembered.run(signal)).isHealthy).toBe(false);
    expect((await remembered.run(signal)).detail).toBe('run 3');
  });
});
