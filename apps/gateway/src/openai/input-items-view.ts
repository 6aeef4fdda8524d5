import type { Message } from '@lumina/contracts';
import { argumentWords } from './content';
import { itemId } from './response-ids';

/** A message as input items; an assistant's may be several. */
export function inputItems(message: Message): readonly object[] {
  const { id } = message;
  switch (message.role) {
    case 'user': {
      const content = [{ type: 'input_text', text: message.content }];
      return [{ type: 'message', id: itemId('msg', id), role: 'user', status: 'completed', content }];
    }
    case 'assistant': {
      const content = [{ type: 'output_text', text: message.content, annotations: [], logprobs: [] }];
      const words = {
        type: 'message',
        id: itemId('msg', id),
        role: 'assistant',
        status: 'completed',
        content,
      };
      const calls = message.toolCalls.map((call, index) => ({
        ...{ type: 'function_call', id: itemId('fc', id, index), call_id: call.id, name: call.name },
        ...{ arguments: argumentWords(call), status: 'completed' },
      }));
      return message.content === '' ? calls : [words, ...calls];
    }
    case 'tool': {
      const { toolCallId: call_id, content: output } = message;
      return [{ type: 'function_call_output', id: itemId('fc', id), call_id, output, status: 'completed' }];
    }
  }
}

export interface Page {
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  /** The id of the last item of the page before. */
  readonly after: string | undefined;
}

export function pageOf(items: readonly object[], { order, limit, after }: Page) {
  const named = items.map((item) => ({ ...item, id: 'id' in item ? String(item.id) : '' }));
  const ordered = order === 'asc' ? named : named.reverse();
  const from = after === undefined ? 0 : ordered.findIndex(({ id }) => id === after) + 1;
  const data = ordered.slice(from, from + limit);
  const first_id = data[0]?.id ?? null;
  const last_id = data.at(-1)?.id ?? null;
  return { object: 'list', data, first_id, last_id, has_more: from + limit < ordered.length };
}
