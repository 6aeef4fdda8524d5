import type { SyntheticRun } from '../synthetic/synthetic-runs';
import type { Probe } from './probe';

/** Whether the last synthetic run was answered. Never waits for one. */
export function syntheticProbe(last: () => SyntheticRun | undefined): Probe {
  return {
    name: 'synthetic',
    isCritical: false,
    run: async () => {
      const run = last();
      if (run === undefined) return { isHealthy: true, detail: 'the first synthetic run is under way' };
      const { outcome, detail, durationMs, endedAtMs } = run;
      return { isHealthy: outcome === 'succeeded', detail, seen: { atMs: endedAtMs, latencyMs: durationMs } };
    },
  };
}
