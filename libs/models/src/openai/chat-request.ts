import type {
  AnswerFormat,
  AssistantMessage,
  Message,
  Sampling,
  ToolCall,
  ToolChoice,
  ToolOffer,
} from '@lumina/contracts';
import type { ModelRequest } from '../model-client';

export interface ChatDialect {
  /** OpenAI's own models know only the newer name, most other servers only the older. */
  readonly outputLimitField: 'max_tokens' | 'max_completion_tokens';
}

/** Servers that parse past arguments must find an object, so words that were none are wrapped in one. */
const argumentsOf = ({ args, malformed }: ToolCall): string =>
  JSON.stringify(args ?? { unparsed_arguments: malformed ?? '' });

function assistantMessage({ content, toolCalls }: AssistantMessage): object {
  if (toolCalls.length === 0) return { role: 'assistant', content: content.toWellFormed() };
  return {
    role: 'assistant',
    content: content === '' ? null : content.toWellFormed(),
    tool_calls: toolCalls.map((call) => ({
      id: call.id,
      type: 'function',
      function: { name: call.name, arguments: argumentsOf(call) },
    })),
  };
}

function chatMessage(message: Message): object {
  switch (message.role) {
    case 'user':
      return { role: 'user', content: message.content.toWellFormed() };
    case 'assistant':
      return assistantMessage(message);
    case 'tool':
      return { role: 'tool', tool_call_id: message.toolCallId, content: message.content.toWellFormed() };
  }
}

const toolTexts = new WeakMap<ToolOffer, string>();

/** As JSON, written once: the tools are the largest part of many requests, and the same in all. */
function chatTool(offer: ToolOffer): string {
  const known = toolTexts.get(offer);
  if (known !== undefined) return known;
  const { name, description, parameters } = offer;
  const text = JSON.stringify({ type: 'function', function: { name, description, parameters } });
  toolTexts.set(offer, text);
  return text;
}

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
export function chatRequestBody(model: string, request: ModelRequest, dialect: ChatDialect): string {
  const system = request.system === '' ? [] : [{ role: 'system', content: request.system.toWellFormed() }];
  const body = JSON.stringify({
    model,
    messages: [...system, ...request.messages.map(chatMessage)],
    [dialect.outputLimitField]: request.maxOutputTokens,
    ...optionFields(request),
    stream: true,
    stream_options: { include_usage: true },
  });
  if (request.tools.length === 0) return body;
  return `${body.slice(0, -1)},"tools":[${request.tools.map(chatTool).join(',')}]}`;
}
