import type { AssistantMessage, Message, UserMessage } from '@lumina/contracts';
import { argsOf, dataUrl, toolWriter, withTools } from '../endpoint/wire-text';
import type { ModelRequest } from '../model-client';
import { isStrict } from '../output-schema';

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

function responseFormat({ output }: ModelRequest): object {
  if (output === undefined) return {};
  const { name, schema } = output;
  return {
    response_format: { type: 'json_schema', json_schema: { name, schema, strict: isStrict(schema) } },
  };
}

/** The body of a streaming chat completion. */
export function chatRequestBody(model: string, request: ModelRequest, liberties: ChatLiberties): string {
  const system = request.system === '' ? [] : [{ role: 'system', content: request.system.toWellFormed() }];
  const body = {
    model,
    messages: [...system, ...request.messages.map(chatMessage)],
    [liberties.outputLimitField]: request.maxOutputTokens,
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    ...responseFormat(request),
    stream: true,
    stream_options: { include_usage: true },
  };
  return withTools(body, writeTools(request.tools));
}
