import { describe, expect, it } from '@jest/globals';
import type { Findings, TelemetryFinding } from '../works/findings';
import type { Round } from '../works/round';
import { telemetryBars } from './telemetry-bars';

const rounds = (...runs: readonly number[]): readonly Round[] =>
  runs.map((count) => ({ runs: count, elapsedMs: 1_000 }) as Round);
const finding = (batches: number, logs: readonly number[]): Findings => ({
  telemetry: {
    rounds: {
      'telemetry-off': rounds(100, 200, 50),
      'telemetry-logs': rounds(...logs),
      'telemetry-traces': rounds(90, 180, 45),
    },
    traces: { batches, bytes: 0 },
  } as unknown as TelemetryFinding,
});

describe('the bar of telemetry', () => {
  it('compares the rounds that were measured side by side', () => {
    const [bar, ...others] = telemetryBars(finding(0, [97, 194, 48.5]));
    expect(others).toEqual([]);
    expect(bar).toMatchObject({ subject: 'telemetry-logs', isMet: true });
    expect(bar?.value.median).toBeCloseTo(0.97);
  });

  it('is missed where more than a twentieth is lost, and judges traces only where some arrived', () => {
    expect(telemetryBars(finding(3, [94, 188, 47])).map(({ subject, isMet }) => [subject, isMet])).toEqual([
      ['telemetry-logs', false],
      ['telemetry-traces', false],
    ]);
  });

  it('is none where nothing was measured', () => {
    expect(telemetryBars({})).toEqual([]);
  });
});
