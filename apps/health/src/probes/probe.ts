/** What one look came to. */
export interface Finding {
  readonly isHealthy: boolean;
  /** For people: what is wrong, or what was found. Never a secret. */
  readonly detail: string;
  /** When it was really seen and how long that took, where this is an older look that still counts. */
  readonly seen?: { readonly atMs: number; readonly latencyMs: number };
}

/** One thing to look at. A probe is one file; `health-monitor.ts` lists them. */
export interface Probe {
  readonly name: string;
  /** Whether the whole is unhealthy without it, or only degraded. */
  readonly isCritical: boolean;
  /** What it throws counts as unhealthy, with the error's message for a detail. The signal fires when nobody waits any more. */
  run(signal: AbortSignal): Promise<Finding>;
}
