import { type ToolCallTask, syntheticTenant } from '@lumina/contracts';
import type { ClaimedItem } from '@lumina/store';
import type { Logger } from 'pino';
import { measureCall, measureTakeover, measureUnknownOutcome, unknownTool } from '../metrics';
import type { ToolResult } from '../tool';
import type { CallTrace } from './call-trace';

export interface LoggedCall {
  readonly claimed: ClaimedItem;
  readonly task: ToolCallTask;
  readonly startedAtMs: number;
  readonly trace?: Pick<CallTrace, 'context' | 'ended'> | undefined;
}

export interface CallLog {
  begun(call: LoggedCall): void;
  ended(call: LoggedCall, outcome: string, result: ToolResult): void;
  /** A crash left the outcome of a call unknown that must not be repeated. */
  unknown(call: LoggedCall, outcome: string): void;
}

/** One wide event a tool call, and its numbers. Never the arguments, never the result. */
export function callLog(
  logger: Pick<Logger, 'info' | 'warn' | 'error'>,
  isKnown: (tool: string) => boolean,
  nowMs: () => number,
): CallLog {
  return {
    begun: ({ claimed }) => {
      if (claimed.lease.epoch > 1 && claimed.mayHaveBegun) measureTakeover();
    },
    unknown: ({ claimed, task, trace }, outcome) => {
      trace?.ended('unknown');
      const tool = isKnown(task.tool) ? task.tool : unknownTool;
      measureUnknownOutcome(tool);
      const { run, item, epoch } = claimed.lease;
      const { tenant, thread } = claimed;
      logger.warn({ event: 'outcome unknown', run, thread, tenant, item, tool, attempt: epoch, outcome });
    },
    ended: ({ claimed, task, startedAtMs, trace }, outcome, result) => {
      trace?.ended(outcome, result);
      const durationMs = nowMs() - startedAtMs;
      const tool = isKnown(task.tool) ? task.tool : unknownTool;
      const errorType = result.kind === 'error' ? result.type : undefined;
      const isCounted = outcome === 'committed' && claimed.tenant !== syntheticTenant;
      if (isCounted) measureCall(tool, { durationMs, errorType, trace: trace?.context });
      const { run, item, epoch } = claimed.lease;
      const { thread, tenant } = claimed;
      const { agent } = task;
      logger.info({
        event: 'call',
        run,
        thread,
        tenant,
        agent,
        item,
        tool,
        attempt: epoch,
        outcome,
        errorType,
        durationMs,
        trace_id: trace?.context.traceId,
      });
      if (result.kind === 'error' && result.cause !== undefined) {
        logger.error({ event: 'tool failed', run, item, tool, err: result.cause });
      }
    },
  };
}
