import { total } from '../accounts/by-role';
import { spreadOf } from '../accounts/spread';
import type { Findings, LatencyFinding } from '../works/findings';
import { type Bar, judged, single } from './bar';
import { luminas } from './lumina-names';

/** Of single runs: what Lumina adds to them, and what is asked of Redis. */
export const latencyBars = ({ latency, stream, sustain }: Findings): readonly Bar[] =>
  luminas.flatMap((subject) => {
    const { p50Ms, p99Ms } = latency?.tasks['agent']?.added[subject] ?? {};
    const errors = sustain?.summaries[subject]?.errors;
    return [
      ...judged({ subject, what: 'agent, 1 client: added p50', unit: 'ms', bar: { atMost: 5 } }, p50Ms),
      ...judged({ subject, what: 'agent, 1 client: added p99', unit: 'ms', bar: { atMost: 25 } }, p99Ms),
      ...judged(
        { subject, what: 'agent: Redis round trips a run', unit: '', bar: { atMost: 16 } },
        roundTrips(subject, latency),
      ),
      ...judged(
        { subject, what: 'first token: added p50', unit: 'ms', bar: { atMost: 5 } },
        stream?.added[subject]?.p50Ms,
      ),
      ...judged(
        { subject, what: 'sustained: runs not answered', unit: '', bar: { atMost: 0 } },
        single(errors),
      ),
      ...judged(
        { subject, what: 'sustained: added p95', unit: 'ms', bar: { atMost: 100 } },
        sustain?.added[subject]?.p95Ms,
      ),
    ];
  });

/**
 * How often a client's socket had something to read for one run, less what is read anyhow. With one client nothing is shared between runs.
 */
export function roundTrips(subject: string, latency: LatencyFinding | undefined) {
  const resting = latency?.resting[subject]?.readsPerSecond ?? 0;
  const rounds = latency?.tasks['agent']?.rounds[subject] ?? [];
  return spreadOf(
    rounds.flatMap(({ redis, runs, elapsedMs, errors }) =>
      redis === undefined || total(errors) > 0 ? [] : [redis.reads - (resting * elapsedMs) / 1_000 / runs],
    ),
  );
}
