import type {
  AnswerFormat,
  AssistantMessage,
  Message,
  Sampling,
  ToolChoice,
  UserMessage,
} from '@lumina/contracts';
import { argsOf, dataUrl, toolWriter, withTools } from '../endpoint/wire-text';
import type { ModelRequest } from '../model-client';

export interface ChatLiberties {
  /** OpenAI's own models know only the newer name, most other servers only the older. */
  readonly outputLimitField: 'max_tokens' | 'max_completion_tokens';
}

function userMessage({ content, images = [] }: UserMessage): object {
  const text = content.toWellFormed();
  if (images.length === 0) return { role: 'user', content: text };
  const parts = images.map((image) => ({ type: 'image_url', image_url: { url: dataUrl(image) } }));
  return { role: 'user', content: [{ type: 'text', text }, ...parts] };
}

function assistantMessage({ content, toolCalls }: AssistantMessage): object {
  if (toolCalls.length === 0) return { role: 'assistant', content: content.toWellFormed() };
  return {
    role: 'assistant',
    content: content === '' ? null : content.toWellFormed(),
    tool_calls: toolCalls.map((call) => ({
      id: call.id,
      type: 'function',
      function: { name: call.name, arguments: JSON.stringify(argsOf(call)) },
    })),
  };
}

function chatMessage(message: Message): object {
  switch (message.role) {
    case 'user':
      return userMessage(message);
    case 'assistant':
      return assistantMessage(message);
    case 'tool':
      return { role: 'tool', tool_call_id: message.toolCallId, content: message.content.toWellFormed() };
  }
}

const writeTools = toolWriter(({ name, description, parameters }) => ({
  type: 'function',
  function: { name, description, parameters },
}));

const samplingFields = ({
  temperature,
  topP,
  frequencyPenalty,
  presencePenalty,
  seed,
  stop,
  reasoningEffort,
}: Sampling) => ({
  temperature,
  top_p: topP,
  frequency_penalty: frequencyPenalty,
  presence_penalty: presencePenalty,
  seed,
  stop,
  reasoning_effort: reasoningEffort,
});

const toolChoice = (choice: ToolChoice): unknown =>
  typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.name } };

function responseFormat(format: AnswerFormat): object {
  if (format.type === 'json_object') return { type: format.type };
  const { name, description, schema, isStrict: strict } = format;
  return { type: format.type, json_schema: { name, description, schema, strict } };
}

/** Servers refuse a choice of tools where there are none. */
function optionFields({
  sampling,
  toolChoice: choice,
  isParallelCallsAllowed,
  answerFormat,
  tools,
}: ModelRequest) {
  const hasTools = tools.length > 0;
  return {
    ...(sampling === undefined ? {} : samplingFields(sampling)),
    ...(choice === undefined || !hasTools ? {} : { tool_choice: toolChoice(choice) }),
    ...(isParallelCallsAllowed === undefined || !hasTools
      ? {}
      : { parallel_tool_calls: isParallelCallsAllowed }),
    ...(answerFormat === undefined ? {} : { response_format: responseFormat(answerFormat) }),
  };
}

/** The body of a streaming chat completion. */
export function chatRequestBody(model: string, request: ModelRequest, liberties: ChatLiberties): string {
  const system = request.system === '' ? [] : [{ role: 'system', content: request.system.toWellFormed() }];
  const body = {
    model,
    messages: [...system, ...request.messages.map(chatMessage)],
    [liberties.outputLimitField]: request.maxOutputTokens,
    ...optionFields(request),
    stream: true,
    stream_options: { include_usage: true },
  };
  return withTools(body, writeTools(request.tools));
}
