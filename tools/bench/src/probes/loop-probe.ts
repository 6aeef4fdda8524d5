import { type LoopDelay, loopDelayIn } from '../accounts/event-loop';
import type { Subject } from '../subjects/subject';

/** By role, since they were last asked: reading sets them back. Of several of one role the worst. */
export async function loopDelays({
  metrics,
}: Pick<Subject, 'metrics'>): Promise<Readonly<Record<string, LoopDelay>>> {
  const found: Record<string, LoopDelay> = {};
  for (const { role, url } of metrics) {
    const delay = loopDelayIn(await (await fetch(url)).text());
    if (delay !== undefined && delay.p99Ms > (found[role]?.p99Ms ?? -1)) found[role] = delay;
  }
  return found;
}
