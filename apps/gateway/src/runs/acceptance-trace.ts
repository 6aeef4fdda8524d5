import { type Span, type Tracing, requestSpan, spanNames } from '@lumina/platform';
import type { NewRun } from '@lumina/store';

/**
 * The span of a run's acceptance, within that of the request that brought it, if one did. What it is called by is kept with the run: all
 * that is done for the run, wherever and whenever, belongs to its trace.
 */
export function acceptanceSpan(tracing: Tracing, { run, thread, tenant, accepted }: NewRun): Span {
  return tracing.start('accept run', {
    kind: 'producer',
    parent: requestSpan()?.context,
    attributes: {
      [spanNames.run]: run,
      [spanNames.conversation]: thread,
      [spanNames.tenant]: tenant,
      [spanNames.agent]: accepted.agent,
    },
  });
}

export const inTrace = (run: NewRun, { traceparent }: Span): NewRun => ({
  ...run,
  accepted: { ...run.accepted, traceparent },
});
