import type { ModelRequest } from '../model-client';

/** The size of a request in characters: for estimates of its tokens. */
export function askedCharacters(request: ModelRequest): number {
  const messages = request.messages.reduce((sum, message) => {
    const calls = message.role === 'assistant' ? JSON.stringify(message.toolCalls).length : 0;
    return sum + message.content.length + calls;
  }, 0);
  return request.system.length + messages + JSON.stringify(request.tools).length;
}

/** The ids of tool calls that stand in the conversation already. */
export const takenIds = ({ messages }: ModelRequest): ReadonlySet<string> =>
  new Set(
    messages.flatMap((message) =>
      message.role === 'assistant' ? message.toolCalls.map(({ id }) => id) : [],
    ),
  );
