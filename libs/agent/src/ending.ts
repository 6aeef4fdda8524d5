import type { AssistantMessage, EndingFact, FactOf, Message } from '@lumina/contracts';
import { delegateTool } from './delegation';
import type { RunState } from './run-state';

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
