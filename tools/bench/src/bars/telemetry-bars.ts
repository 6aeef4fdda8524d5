import type { Findings } from '../works/findings';
import { type Bar, type Wanted, judged } from './bar';
import { perSecond, ratio } from './closed-bars';

const off = 'telemetry-off';

/** At most a twentieth of the runs a second may go into telling about them. Traces are judged where some arrived. */
export function telemetryBars({ telemetry }: Findings): readonly Bar[] {
  if (telemetry === undefined) return [];
  const told: readonly (readonly [string, string])[] = [
    ['telemetry-logs', 'metrics and logs'],
    ...(telemetry.traces.batches > 0 ? [['telemetry-traces', 'metrics, logs and traces'] as const] : []),
  ];
  return told.flatMap(([subject, what]) => {
    const wanted: Wanted = {
      ...{ subject, unit: '×', bar: { atLeast: 0.95 } },
      what: `telemetry: runs/s with ${what}, against none`,
    };
    return judged(wanted, ratio(telemetry, [subject, off], perSecond));
  });
}
