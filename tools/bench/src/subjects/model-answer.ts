interface ToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; arguments: string };
}

export interface ModelMessage {
  readonly role: 'assistant';
  readonly content: string;
  readonly tool_calls?: readonly ToolCall[];
}

interface Delta {
  readonly content?: string | null;
  readonly tool_calls?: readonly {
    readonly index: number;
    readonly id?: string;
    readonly function: { readonly name?: string; readonly arguments?: string };
  }[];
}

export interface ModelAnswer {
  /** Takes the data of the next event. */
  add(data: string): void;
  message(): ModelMessage;
}

/** Puts the chunks of a chat completion together; `onText` hears the words as they come. */
export function modelAnswer(onText: (text: string) => void): ModelAnswer {
  let content = '';
  const calls: ToolCall[] = [];
  const addDelta = ({ content: text, tool_calls: parts = [] }: Delta): void => {
    if (typeof text === 'string' && text !== '') {
      content += text;
      onText(text);
    }
    for (const { index, id = '', function: part } of parts) {
      const call = (calls[index] ??= {
        id,
        type: 'function',
        function: { name: part.name ?? '', arguments: '' },
      });
      call.function.arguments += part.arguments ?? '';
    }
  };
  return {
    add: (data) => {
      if (data === '[DONE]') return;
      const { choices } = JSON.parse(data) as { readonly choices: readonly { readonly delta?: Delta }[] };
      addDelta(choices[0]?.delta ?? {});
    },
    message: () => ({ role: 'assistant', content, ...(calls.length === 0 ? {} : { tool_calls: calls }) }),
  };
}
