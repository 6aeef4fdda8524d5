import type { AssistantMessage, Message, ToolCall, ToolMessage, Usage } from '@lumina/contracts';

/** Messages as LangGraph clients know them. */
export type LangGraphMessage = Readonly<Record<string, unknown>>;

const always = { additional_kwargs: {}, response_metadata: {} };

const toolCall = ({ id, name, args }: ToolCall) => ({ id, name, args: args ?? {}, type: 'tool_call' });

const invalidToolCall = ({ id, name, malformed }: ToolCall) => ({
  id,
  name,
  args: malformed ?? '',
  error: 'the arguments are not a JSON object',
  type: 'invalid_tool_call',
});

export interface AnswerDetails {
  readonly model: string;
  readonly finishReason: string;
  readonly usage: Usage;
}

export function langGraphMessage(message: Message): LangGraphMessage {
  switch (message.role) {
    case 'user':
      return { ...always, type: 'human', id: message.id, content: message.content };
    case 'assistant':
      return assistantMessage(message);
    case 'tool':
      return toolMessage(message);
  }
}

export function assistantMessage(message: AssistantMessage, details?: AnswerDetails): LangGraphMessage {
  const { id, content, toolCalls } = message;
  return {
    ...always,
    ...(details === undefined ? {} : answerFields(details)),
    type: 'ai',
    id,
    content,
    tool_calls: toolCalls.filter(({ args }) => args !== null).map(toolCall),
    invalid_tool_calls: toolCalls.filter(({ args }) => args === null).map(invalidToolCall),
  };
}

function answerFields({ model, finishReason, usage }: AnswerDetails) {
  const { inputTokens, outputTokens } = usage;
  return {
    response_metadata: { model_name: model, finish_reason: finishReason },
    usage_metadata: {
      input_tokens: inputTokens,
      output_tokens: outputTokens,
      total_tokens: inputTokens + outputTokens,
    },
  };
}

function toolMessage({ id, content, toolCallId, name, isError }: ToolMessage): LangGraphMessage {
  const status = isError ? 'error' : 'success';
  return { ...always, type: 'tool', id, content, tool_call_id: toolCallId, name, status };
}

/** Words of a message that is being streamed. */
export const textChunk = (id: string, content: string): LangGraphMessage => ({
  ...always,
  type: 'ai',
  id,
  content,
  tool_calls: [],
  invalid_tool_calls: [],
  tool_call_chunks: [],
});

/** What a finished message adds to the words that were streamed of it. */
export function closingChunk(message: AssistantMessage, details: AnswerDetails): LangGraphMessage {
  const chunks = message.toolCalls.map(({ id, name, args, malformed }, index) => ({
    id,
    name,
    args: args === null ? (malformed ?? '') : JSON.stringify(args),
    index,
    type: 'tool_call_chunk',
  }));
  return { ...assistantMessage(message, details), content: '', tool_call_chunks: chunks };
}

/** What was said until the run was cancelled. */
export const cutMessage = (message: AssistantMessage): LangGraphMessage => ({
  ...assistantMessage(message),
  response_metadata: { finish_reason: 'cancelled' },
});

/** The words that were streamed are all there is. */
export const cutChunk = (id: string): LangGraphMessage => ({
  ...textChunk(id, ''),
  response_metadata: { finish_reason: 'cancelled' },
});

export const removedMessage = (id: string): LangGraphMessage => ({
  ...always,
  type: 'remove',
  id,
  content: '',
});
