/** How late an event loop turned: on the average, and one turn in a hundred. */
export interface LoopDelay {
  readonly meanMs: number;
  readonly p99Ms: number;
}

/** From a page in Prometheus' format, as prom-client writes it for a Node process; undefined where it is not there. */
export function loopDelayIn(page: string): LoopDelay | undefined {
  const mean = gauge(page, 'nodejs_eventloop_lag_mean_seconds');
  const p99 = gauge(page, 'nodejs_eventloop_lag_p99_seconds');
  return mean === undefined || p99 === undefined ? undefined : { meanMs: mean * 1_000, p99Ms: p99 * 1_000 };
}

function gauge(page: string, name: string): number | undefined {
  const [, value] = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(page) ?? [];
  return value === undefined || !Number.isFinite(Number(value)) ? undefined : Number(value);
}
