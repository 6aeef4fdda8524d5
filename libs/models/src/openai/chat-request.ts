import type { AssistantMessage, Message, ToolCall, ToolOffer } from '@lumina/contracts';
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

/** The body of a streaming chat completion. */
export function chatRequestBody(model: string, request: ModelRequest, dialect: ChatDialect): string {
  const system = request.system === '' ? [] : [{ role: 'system', content: request.system.toWellFormed() }];
  const body = JSON.stringify({
    model,
    messages: [...system, ...request.messages.map(chatMessage)],
    [dialect.outputLimitField]: request.maxOutputTokens,
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    stream: true,
    stream_options: { include_usage: true },
  });
  if (request.tools.length === 0) return body;
  return `${body.slice(0, -1)},"tools":[${request.tools.map(chatTool).join(',')}]}`;
}
