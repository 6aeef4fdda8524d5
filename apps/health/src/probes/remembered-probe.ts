import type { Finding, Probe } from './probe';

/**
 * A probe whose good finding counts for `lifeMs`, so that looking often costs little. A bad finding is not remembered:
 * recovery is seen at the next round.
 */
export function rememberedProbe(probe: Probe, lifeMs: number, nowMs: () => number = Date.now): Probe {
  let remembered: Required<Finding> | undefined;
  return {
    ...probe,
    run: async (signal) => {
      if (remembered !== undefined && nowMs() - remembered.seen.atMs < lifeMs) return remembered;
      const startedAtMs = performance.now();
      const finding = await probe.run(signal);
      const seen = { atMs: nowMs(), latencyMs: performance.now() - startedAtMs };
      remembered = finding.isHealthy ? { ...finding, seen } : undefined;
      return finding;
    },
  };
}
