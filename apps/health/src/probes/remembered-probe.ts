import type { Finding, Probe } from './probe';

/**
 * A probe whose good finding counts for `lifeMs`, so that looking often costs little. A bad finding is not remembered:
 * recovery is seen at the next round.
 */
export function rememberedProbe(
  probe: Probe,
  lifeMs: number,
  elapsedMs: () => number = () => performance.now(),
): Probe {
  let remembered: { readonly finding: Finding; readonly sinceMs: number } | undefined;
  return {
    ...probe,
    run: async (signal) => {
      if (remembered !== undefined && elapsedMs() - remembered.sinceMs < lifeMs) return remembered.finding;
      const startedAtMs = elapsedMs();
      const finding = await probe.run(signal);
      const sinceMs = elapsedMs();
      const seen = { atMs: Date.now(), latencyMs: sinceMs - startedAtMs };
      remembered = finding.isHealthy ? { finding: { ...finding, seen }, sinceMs } : undefined;
      return finding;
    },
  };
}
