import type { ErrorCode } from '@lumina/contracts';
import type { RunState } from './run-state';

export interface ExceededLimit {
  readonly code: ErrorCode;
  readonly message: string;
}

/** The first limit that leaves no room for another step, if one does. */
export function exceededLimit(
  { limits, totals, acceptedAtMs }: RunState,
  nowMs: number,
): ExceededLimit | undefined {
  if (limits === undefined) return undefined;
  const elapsedMs = nowMs - acceptedAtMs;
  if (elapsedMs >= limits.wallTimeMs) {
    return exceeded('LUM_WALL_TIME_LIMIT', `${elapsedMs} ms of ${limits.wallTimeMs} ms wall time`);
  }
  if (totals.steps >= limits.steps) {
    return exceeded('LUM_STEP_LIMIT', `${totals.steps} of ${limits.steps} steps`);
  }
  if (totals.tokens >= limits.tokens) {
    return exceeded('LUM_TOKEN_LIMIT', `${totals.tokens} of ${limits.tokens} tokens`);
  }
  if (totals.costUsd >= limits.costUsd) {
    return exceeded('LUM_COST_LIMIT', `${totals.costUsd.toFixed(4)} of ${limits.costUsd} US dollars`);
  }
  return undefined;
}

/** Whether the calls of the last answer go beyond what the run may ask of tools. */
export function exceededToolCalls({ limits, totals }: RunState): ExceededLimit | undefined {
  if (limits === undefined || totals.toolCalls <= limits.toolCalls) return undefined;
  return exceeded('LUM_TOOL_CALL_LIMIT', `${totals.toolCalls} of ${limits.toolCalls} tool calls`);
}

function exceeded(code: ErrorCode, used: string): ExceededLimit {
  return {
    code,
    message: `The run has used ${used} and had no answer by then. The agent's definition sets this limit.`,
  };
}
