import { burstBars } from './burst-bars';
import type { Bar } from './bar';
import { closedBars } from './closed-bars';
import { countBars } from './count-bars';
import { latencyBars } from './latency-bars';
import { longBars } from './long-bars';
import { modelsBars } from './models-bars';
import { telemetryBars } from './telemetry-bars';
import { sandboxBars } from './sandbox-bars';
import type { Findings } from '../works/findings';

/** What is asked of Lumina, as far as this benchmark could tell. */
export const barsOf = (findings: Findings): readonly Bar[] => [
  ...closedBars(findings),
  ...latencyBars(findings),
  ...countBars(findings),
  ...burstBars(findings),
  ...longBars(findings),
  ...telemetryBars(findings),
  ...sandboxBars(findings),
  ...modelsBars(findings),
];
