import type { AgentDefinition, Message, RunOptions, ToolCall } from '@lumina/contracts';
import { repairRequest } from './answer-checks';
import type { Prompt } from './commands';
import type { RunState } from './run-state';

/**
 * What a model is shown of a thread. Model APIs demand that each tool call has its answer right behind it; a run that
 * ended half-way may have left calls without one, and those are answered here, truthfully.
 */
export function promptMessages(messages: readonly Message[]): readonly Message[] {
  const shown: Message[] = [];
  let open: readonly ToolCall[] = [];
  let owner = '';
  const settle = (): void => {
    shown.push(...open.map((call, index) => neverAnswered(owner, call, index)));
    open = [];
  };
  for (const message of messages) {
    if (message.role === 'tool') {
      if (!open.some((call) => call.id === message.toolCallId)) continue;
      open = open.filter((call) => call.id !== message.toolCallId);
    } else {
      settle();
    }
    shown.push(message);
    if (message.role === 'assistant') {
      open = message.toolCalls;
      owner = message.id;
    }
  }
  settle();
  return shown.filter((message) => !isEmptyAnswer(message));
}

/** An answer that was not accepted, and why: shown to the model for the one step that mends it. */
export function repairMessages({ run, rejected }: Pick<RunState, 'run' | 'rejected'>): readonly Message[] {
  if (rejected === undefined) return [];
  const { message, faults } = rejected;
  return [message, { role: 'user', id: `repair-${run}`, content: repairRequest(faults) }];
}

/** The agent's instructions, and behind them those of the request. */
export const systemWords = (
  { instructions }: AgentDefinition,
  { instructions: more = '' }: RunOptions,
): string => [instructions, more].filter((words) => words.trim() !== '').join('\n\n');

/** What the request asks of this step. A choice of a tool is for the first one: held on to, the run would never come to words. */
export function stepOptions({ options, totals }: RunState): Pick<Prompt, 'options'> {
  if (Object.keys(options).length === 0) return {};
  const { toolChoice, ...others } = options;
  const isChoiceOver = toolChoice === undefined || (totals.steps > 0 && toolChoice !== 'none');
  return { options: isChoiceOver ? others : options };
}

const isEmptyAnswer = (message: Message): boolean =>
  message.role === 'assistant' && message.toolCalls.length === 0 && message.content.trim() === '';

function neverAnswered(owner: string, call: ToolCall, index: number): Message {
  return {
    role: 'tool',
    id: `${owner}-unanswered-${index}`,
    toolCallId: call.id,
    name: call.name,
    content: 'Error: the run ended before this call was answered; whether it had an effect is not known.',
    isError: true,
  };
}
