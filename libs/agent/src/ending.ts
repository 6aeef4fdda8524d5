import {
  type AssistantMessage,
  type EndingFact,
  type ErrorCode,
  type Fact,
  type FactOf,
  type Message,
  endedStatusOf,
} from '@lumina/contracts';
import type { Circumstances } from './circumstances';
import type { Command } from './commands';
import { delegateTool } from './delegation';
import type { RunState } from './run-state';

export function failed(
  { run }: RunState,
  { code, message }: { code: ErrorCode; message: string },
  { nowMs }: Circumstances,
): EndingFact {
  const type = code === 'LUM_WALL_TIME_LIMIT' ? 'run.expired' : 'run.failed';
  return { run, at: nowMs, type, failure: { code, message } };
}

export const cancelled = ({ run, cancel, startedFrom }: RunState, { nowMs }: Circumstances): EndingFact => ({
  run,
  at: nowMs,
  type: 'run.cancelled',
  ...(cancel?.isRollback === true ? { rewindTo: startedFrom } : {}),
});

/** Ends a run whose state holds `facts` already. */
export function end(
  state: RunState,
  facts: readonly Fact[],
  ending: EndingFact,
  close: readonly string[] = [],
): Command {
  return {
    type: 'end',
    facts: [...facts, ending],
    close,
    status: endedStatusOf(ending),
    parentAnswer: parentAnswer(state, ending),
  };
}

/** What the end of a subagent's run says to the call that it answers. */
export function parentAnswer(state: RunState, ending: EndingFact): FactOf<'tool.answered'> | undefined {
  const { parent } = state;
  if (parent === undefined) return undefined;
  const isError = ending.type !== 'run.succeeded';
  const content = isError ? `Error: ${complaint(ending)}` : lastAnswer(state.messages);
  return {
    run: parent.run,
    at: ending.at,
    type: 'tool.answered',
    message: {
      role: 'tool',
      id: parent.messageId,
      toolCallId: parent.callId,
      name: delegateTool,
      content,
      isError,
    },
    durationMs: Math.max(0, ending.at - state.acceptedAtMs),
    attempt: 1,
    isCached: false,
  };
}

function complaint(ending: Exclude<EndingFact, FactOf<'run.succeeded'>>): string {
  if (ending.type === 'run.cancelled') return 'the subagent was cancelled';
  return `the subagent failed: ${ending.failure.message} (${ending.failure.code})`;
}

function lastAnswer(messages: readonly Message[]): string {
  const isAnswer = (message: Message): message is AssistantMessage => message.role === 'assistant';
  return messages.findLast(isAnswer)?.content ?? '';
}
