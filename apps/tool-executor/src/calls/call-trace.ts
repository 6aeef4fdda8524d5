import type { ToolCallTask } from '@lumina/contracts';
import {
  type TraceContext,
  type Tracing,
  operations,
  runContext,
  spanIdOf,
  spanNames,
} from '@lumina/platform';
import type { Via } from '@lumina/queue';
import type { ClaimedItem } from '@lumina/store';
import type { ToolResult } from '../tool';

export interface CallTracing {
  readonly tracing: Tracing;
  /** Whether spans hold arguments and results. */
  readonly showsContent: boolean;
}

/** One attempt at a tool call, as a span below that of its run. */
export interface CallTrace {
  readonly context: TraceContext;
  ended(outcome: string, result?: ToolResult): void;
  /** Where nothing else ended it. */
  end(errorType?: string): void;
}

/** Undefined where the run is not traced. */
export function callTrace(
  traces: CallTracing | undefined,
  { claimed, task, via }: { claimed: ClaimedItem; task: ToolCallTask; via: Via | undefined },
): CallTrace | undefined {
  if (traces === undefined) return undefined;
  const { run, item, epoch } = claimed.lease;
  const parent = runContext(run, task.traceparent);
  if (parent === undefined) return undefined;
  const { tracing, showsContent } = traces;
  const attemptId = (attempt: number): string => spanIdOf(run, item, attempt);
  const span = tracing.start(`${operations.tool} ${task.tool}`, {
    parent,
    spanId: attemptId(epoch),
    links: claimed.mayHaveBegun && epoch > 1 ? [{ ...parent, spanId: attemptId(epoch - 1) }] : [],
    attributes: {
      [spanNames.operation]: operations.tool,
      [spanNames.tool]: task.tool,
      [spanNames.toolType]: 'function',
      [spanNames.toolCall]: task.callId,
      [spanNames.run]: run,
      [spanNames.conversation]: claimed.thread,
      [spanNames.tenant]: claimed.tenant,
      [spanNames.agent]: task.agent,
      [spanNames.item]: item,
      [spanNames.attempt]: epoch,
      [spanNames.doorbell]: via,
      [spanNames.toolArguments]: showsContent ? JSON.stringify(task.args) : undefined,
    },
  });
  return {
    context: span.context,
    end: (errorType) => span.end(errorType),
    ended: (outcome, result) => {
      span.set({
        [spanNames.outcome]: outcome,
        [spanNames.isCached]: result?.kind === 'ok' ? result.isCached : undefined,
        [spanNames.toolResult]: showsContent && result?.kind === 'ok' ? result.content : undefined,
      });
      span.end(result?.kind === 'error' ? result.type : outcome === 'committed' ? undefined : outcome);
    },
  };
}
