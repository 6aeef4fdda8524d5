import type { ChatMessage, ChatRequest } from '../chat/request';

/** A tool call and what came back; null while nothing has. */
export interface Exchange {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly result: string | null;
}

/** The conversation as the planner sees it. */
export interface Conversation {
  /** The last user message. */
  readonly said: string;
  /** Tool calls since then, oldest first. */
  readonly exchanges: readonly Exchange[];
  /** Tool calls before it, oldest first. */
  readonly earlier: readonly Exchange[];
}

export function conversationOf(request: ChatRequest): Conversation {
  const start = request.messages.findLastIndex((message) => message.role === 'user');
  return {
    said: request.messages[start]?.text ?? '',
    exchanges: exchangesIn(request.messages.slice(start + 1)),
    earlier: exchangesIn(request.messages.slice(0, Math.max(start, 0))),
  };
}

/** Results are matched by call id, each used once, so that a repeated id cannot answer two calls with one result. */
function exchangesIn(messages: readonly ChatMessage[]): Exchange[] {
  const results = messages.filter((message) => message.role === 'tool');
  return messages
    .filter((message) => message.role === 'assistant')
    .flatMap((message) => message.toolCalls)
    .map((call) => {
      const index = results.findIndex((result) => result.toolCallId === call.id);
      const [result] = index < 0 ? [] : results.splice(index, 1);
      return { tool: call.name, args: argumentsOf(call.arguments), result: result?.text ?? null };
    });
}

function argumentsOf(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}
