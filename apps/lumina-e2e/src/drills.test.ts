import { describe, expect, it, jest } from '@jest/globals';
import { bareEnvironment, lumina } from './stack';

jest.setTimeout(150_000);

interface LoadReport {
  readonly ok: boolean;
  readonly acknowledged: number;
  readonly lost: number;
  readonly duplicatedEffects: number;
  readonly failed: number;
  readonly effects: number;
  readonly unknownOutcomes: number;
  readonly disturbances: number;
  readonly disagreements: readonly string[];
  readonly broken: readonly string[];
}

interface CaseReport {
  readonly cases: readonly { readonly name: string; readonly fault?: string }[];
  readonly broken: readonly string[];
}

async function drill(name: string): Promise<{ code: number; report: unknown }> {
  const { code, stdout, stderr } = await lumina(['drill', name, '--short', '--json'], bareEnvironment());
  try {
    return { code, report: JSON.parse(stdout) as unknown };
  } catch (cause) {
    throw new Error(`the drill ended with ${code} and without a report:\n${stderr}`, { cause });
  }
}

// Each is a stack of nine processes and a Redis group of six: one after the other.
describe('the promises hold while things break', () => {
  it.each([
    ['kill-worker', 5],
    ['kill-executor', 5],
    ['redis-failover', 2],
    ['planned-failover', 2],
  ])('%s', async (name, disturbances) => {
    const { code, report: found } = await drill(name);
    const report = found as LoadReport;
    expect(report).toMatchObject({ lost: 0, duplicatedEffects: 0, failed: 0, disturbances });
    expect(report.disagreements).toEqual([]);
    expect(report.broken).toEqual([]);
    expect(report.acknowledged).toBeGreaterThan(100);
    // Each run has one effect; a call that died may have had none, and says so.
    expect(report.effects).toBeLessThanOrEqual(report.acknowledged);
    expect(report.effects).toBeGreaterThanOrEqual(report.acknowledged - report.unknownOutcomes);
    expect(code).toBe(0);
  });

  it('region-loss', async () => {
    const { code, report: found } = await drill('region-loss');
    const report = found as CaseReport;
    expect(report.broken).toEqual([]);
    expect(report.cases).toHaveLength(7);
    expect(code).toBe(0);
  });

  it('budget', async () => {
    const { code, report: found } = await drill('budget');
    const report = found as CaseReport;
    expect(report.broken).toEqual([]);
    expect(report.cases).toMatchObject([{ name: 'both die at once' }]);
    expect(code).toBe(0);
  });

  it('crash-points', async () => {
    const { code, report: found } = await drill('crash-points');
    const report = found as CaseReport;
    expect(report.broken).toEqual([]);
    expect(report.cases).toHaveLength(12);
    expect(report.cases.filter(({ fault }) => fault !== undefined)).toEqual([]);
    expect(code).toBe(0);
  });
});
