import type { Message } from '@lumina/contracts';
import { z } from 'zod';
import { readArguments, textSchema } from './content';
import { Telling, type Told } from './told';

const callId = z.string().min(1).max(128);
const toolName = z.string().min(1).max(128);

const message = z.looseObject({
  type: z.literal('message'),
  role: z.enum(['user', 'assistant', 'system', 'developer'], {
    error: '"user", "assistant", "system" or "developer"',
  }),
  content: textSchema,
});

const itemSchema = z.discriminatedUnion(
  'type',
  [
    message,
    z.looseObject({
      ...{ type: z.literal('function_call'), call_id: callId, name: toolName },
      arguments: z.string(),
    }),
    z.looseObject({ type: z.literal('function_call_output'), call_id: callId, output: textSchema }),
    // A call that one of the agent's own tools answered, in a conversation that the client keeps.
    z.looseObject({
      ...{ type: z.literal('mcp_call'), id: callId, name: toolName, arguments: z.string() },
      ...{ output: z.string().nullish(), error: z.unknown().optional() },
    }),
    // What models think is theirs: taken, and left out.
    z.looseObject({ type: z.literal('reasoning') }),
    z.looseObject({ type: z.literal('mcp_list_tools') }),
  ],
  { error: '"message", "function_call", "function_call_output", "mcp_call" or "reasoning"' },
);
type Item = z.infer<typeof itemSchema>;

/** The short form of a message leaves its type out. */
const withType = (item: unknown): unknown =>
  typeof item === 'object' && item !== null && !('type' in item) ? { type: 'message', ...item } : item;

export const inputSchema = z.union(
  [
    z.string().min(1, 'text that is not empty'),
    z.array(z.preprocess(withType, itemSchema)).min(1, 'at least one item'),
  ],
  { error: 'text, or a list of items' },
);
export type ResponseInput = z.infer<typeof inputSchema>;

/**
 * What a request tells, in the terms of a thread.
 *
 * @param known the messages of the thread that it continues
 * @throws LuminaError LUM_VALIDATION_FAILED for an answer to a call that there is not
 */
export function toldByInput(input: ResponseInput, known: readonly Message[]): Told {
  const telling = new Telling(known);
  const items: readonly Item[] =
    typeof input === 'string' ? [{ type: 'message', role: 'user', content: input }] : input;
  for (const [index, item] of items.entries()) tell(telling, item, `input.${index}`);
  return telling.told();
}

function tell(telling: Telling, item: Item, field: string): void {
  switch (item.type) {
    case 'message':
      return tellMessage(telling, item);
    case 'function_call':
      return telling.call({ id: item.call_id, name: item.name, ...readArguments(item.arguments) });
    case 'function_call_output':
      return telling.answer(item.call_id, item.output, { field: `${field}.call_id` });
    case 'mcp_call': {
      telling.call({ id: item.id, name: item.name, ...readArguments(item.arguments) });
      const isError = typeof item.output !== 'string';
      const content = isError ? `Error: ${JSON.stringify(item.error ?? null)}` : item.output;
      return telling.answer(item.id, content ?? '', { field: `${field}.id`, isError });
    }
    case 'reasoning':
    case 'mcp_list_tools':
      return undefined;
  }
}

function tellMessage(telling: Telling, { role, content }: z.infer<typeof message>): void {
  if (role === 'user') telling.user(content);
  else if (role === 'assistant') telling.assistant(content, []);
  else telling.instruct(content);
}
