import { burstFinding } from './burst-work';
import { closedFindings } from './closed-work';
import type { WorkContext } from './context';
import type { Findings } from './findings';
import { countsFinding } from './counts-work';
import { latencyFinding } from './latency-work';
import { modelsFinding } from './models-work';
import { type ClosedWork, type WorkName, isClosed } from './names';
import { sandboxFinding } from './sandbox-work';
import { soakFinding } from './soak-work';
import { streamFinding } from './stream-work';
import { sustainFinding } from './sustain-work';
import { telemetryFinding } from './telemetry-work';
import { threadsFinding } from './threads-work';

type OtherWork = Exclude<WorkName, ClosedWork>;

const others: { readonly [Name in OtherWork]: (context: WorkContext) => Promise<Required<Findings>[Name]> } =
  {
    burst: burstFinding,
    latency: latencyFinding,
    counts: countsFinding,
    stream: streamFinding,
    sustain: sustainFinding,
    threads: threadsFinding,
    soak: soakFinding,
    telemetry: telemetryFinding,
    sandbox: sandboxFinding,
    models: modelsFinding,
  };

/** Does one work after the other; those in a closed loop together, at the place of the first. */
export async function findingsOf(names: readonly WorkName[], context: WorkContext): Promise<Findings> {
  const findings: Findings = {};
  const closed = names.filter(isClosed);
  for (const name of names) {
    if (!isClosed(name)) Object.assign(findings, { [name]: await others[name](context) });
    else if (name === closed[0]) {
      const { subjects, options } = context;
      const plan = { tasks: closed, clients: options.clients, subjects };
      Object.assign(findings, await closedFindings(plan, context));
    }
  }
  return findings;
}
