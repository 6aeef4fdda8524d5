import { eventually } from '@lumina/testing';
import { afterEach, describe, expect, it } from '@jest/globals';
import { healthReport } from './health-report';
import type { Finding, Probe } from './probes/probe';
import { Rounds } from './rounds/rounds';

const begun: Rounds[] = [];
const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
process.on('unhandledRejection', onUnhandled);

afterEach(() => {
  for (const rounds of begun.splice(0)) rounds.stop();
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function watch(probes: readonly Probe[], { timeoutMs = 40, intervalMs = 20 } = {}): Rounds {
  const rounds = new Rounds({ probes, intervalMs, timeoutMs, onRound: () => undefined });
  begun.push(rounds);
  rounds.start();
  return rounds;
}

const probe = (name: string, run: (signal: AbortSignal) => Promise<Finding>): Probe => ({
  name,
  isCritical: false,
  run,
});
const well = probe('well', async () => ({ isHealthy: true, detail: 'well' }));

describe('a probe that misbehaves', () => {
  it('does not hold the others up by never answering', async () => {
    const rounds = watch([well, probe('dead', () => new Promise(() => undefined))]);
    const snapshot = await eventually('a round', () => rounds.snapshot);
    expect(snapshot.checks['well']?.isHealthy).toBe(true);
    expect(snapshot.checks['dead']).toMatchObject({ isHealthy: false, detail: 'no answer within 40 ms' });
  });

  it('has at most one run out, however long it hangs', async () => {
    let out = 0;
    let most = 0;
    const slow = probe('slow', async () => {
      out += 1;
      most = Math.max(most, out);
      await pause(110);
      out -= 1;
      return { isHealthy: true, detail: 'at last' };
    });
    const rounds = watch([slow]);
    await eventually('its answer', () => rounds.snapshot?.checks['slow']?.detail === 'at last');
    await pause(150);
    expect(most).toBe(1);
  });

  it('may throw outside its promise', async () => {
    const thrower = probe('thrower', () => {
      throw new Error('at once');
    });
    const rounds = watch([well, thrower]);
    const snapshot = await eventually('a round', () => rounds.snapshot);
    expect(snapshot.checks['thrower']).toMatchObject({ isHealthy: false, detail: 'at once' });
  });

  it('may fail after everybody went, without harm to the process', async () => {
    const late = probe('late', async () => {
      await pause(60);
      throw new Error('much too late');
    });
    const rounds = watch([late], { timeoutMs: 10, intervalMs: 10_000 });
    await eventually('a round', () => rounds.snapshot);
    await pause(100);
    expect(unhandled).toEqual([]);
  });

  it('may answer with nothing at all', async () => {
    const empty = probe('empty', async () => JSON.parse('null') as Finding);
    const rounds = watch([well, empty]);
    const snapshot = await eventually('a round', () => rounds.snapshot);
    expect(snapshot.checks['empty']?.isHealthy).toBe(false);
    expect(snapshot.checks['well']?.isHealthy).toBe(true);
    expect(unhandled).toEqual([]);
  });

  it('cannot show passwords or break lines, whether it is well or not', async () => {
    const detail = 'found rediss://app:hunter2@10.0.0.1:6379\nX-Injected: 1';
    const rounds = watch([
      probe('chatty', async () => ({ isHealthy: true, detail })),
      probe('failing', () => Promise.reject(new Error(detail))),
      probe('endless', async () => ({ isHealthy: true, detail: 'x'.repeat(1_000_000) })),
    ]);
    const text = JSON.stringify(healthReport(await eventually('a round', () => rounds.snapshot)));
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain('\\n');
    expect(text.length).toBeLessThan(2_000);
  });

  it('may have a name that objects know', async () => {
    const rounds = watch([probe('__proto__', () => Promise.reject(new Error('bad'))), well]);
    const snapshot = await eventually('a round', () => rounds.snapshot);
    expect(snapshot.status).toBe('degraded');
    expect(Object.keys(snapshot.checks)).toEqual(['__proto__', 'well']);
  });

  it('cannot make the history grow by flapping', async () => {
    let isUp = false;
    const flapping = probe('flapping', async () => {
      isUp = !isUp;
      return { isHealthy: isUp, detail: '' };
    });
    const rounds = watch([flapping], { intervalMs: 1 });
    await eventually('many changes', () => rounds.history.transitions.length === 100);
    const newest = rounds.history.transitions.at(-1);
    await eventually('another change', () => rounds.history.transitions.at(-1) !== newest);
    expect(rounds.history.transitions).toHaveLength(100);
  });
});
