import { describe, expect, it } from '@jest/globals';
import type { Finding } from '../probes/probe';
import { ProbeRunner } from './probe-runner';

const well: Finding = { isHealthy: true, detail: 'well' };

/** A probe whose runs end when the test says so. */
const heldProbe = () => {
  const runs: { signal: AbortSignal; end: (finding: Finding) => void }[] = [];
  const run = (signal: AbortSignal): Promise<Finding> =>
    new Promise((end) => {
      runs.push({ signal, end });
    });
  return { runs, probe: { name: 'held', isCritical: false, run } };
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a probe runner', () => {
  it('answers with what was found, how long it took and when', async () => {
    const run = async () => {
      await pause(20);
      return well;
    };
    const before = Date.now();
    const check = await new ProbeRunner({ name: 'p', isCritical: true, run }, 1_000).check();
    expect(check).toMatchObject(well);
    expect(check.latencyMs).toBeGreaterThanOrEqual(15);
    expect(check.checkedAtMs).toBeGreaterThanOrEqual(before);
  });

  it('keeps when an older look was really seen', async () => {
    const run = async () => ({ ...well, seen: { atMs: 5, latencyMs: 6 } });
    const check = await new ProbeRunner({ name: 'p', isCritical: true, run }, 1_000).check();
    expect(check).toEqual({ ...well, latencyMs: 6, checkedAtMs: 5 });
  });

  it('takes an error for unhealthy', async () => {
    const run = () => Promise.reject(new Error('broken\npipe'));
    const check = await new ProbeRunner({ name: 'p', isCritical: true, run }, 1_000).check();
    expect(check).toMatchObject({ isHealthy: false, detail: 'broken pipe' });
  });

  it('stops waiting at the time-out and tells the probe', async () => {
    const { probe, runs } = heldProbe();
    const check = await new ProbeRunner(probe, 30).check();
    expect(check).toMatchObject({ isHealthy: false, detail: 'no answer within 30 ms' });
    expect(check.latencyMs).toBeGreaterThanOrEqual(25);
    expect(runs[0]?.signal.aborted).toBe(true);
  });

  it('never overlaps a probe with itself: the run that is out is waited for again', async () => {
    const { probe, runs } = heldProbe();
    const runner = new ProbeRunner(probe, 50);
    await runner.check();
    const second = runner.check();
    await pause(1);
    expect(runs).toHaveLength(1);
    runs[0]?.end(well);
    expect(await second).toMatchObject(well);
    expect((await second).latencyMs).toBeGreaterThanOrEqual(45);
  });

  it('asks anew after an answer that came too late', async () => {
    const { probe, runs } = heldProbe();
    const runner = new ProbeRunner(probe, 20);
    await runner.check();
    runs[0]?.end({ isHealthy: true, detail: 'too late' });
    await pause(1);
    const second = runner.check();
    await pause(1);
    runs[1]?.end({ isHealthy: true, detail: 'in time' });
    expect((await second).detail).toBe('in time');
  });

  it('gives a lost run up after ten time-outs', async () => {
    const { probe, runs } = heldProbe();
    const runner = new ProbeRunner(probe, 20);
    await runner.check();
    await pause(195);
    const later = runner.check();
    await pause(1);
    expect(runs).toHaveLength(2);
    runs[0]?.end({ isHealthy: false, detail: 'from the dead' });
    runs[1]?.end(well);
    expect(await later).toMatchObject(well);
  });
});
