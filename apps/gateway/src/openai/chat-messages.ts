import { z } from 'zod';
import { readArguments, textSchema } from './content';
import { Telling, type Told } from './told';

const callId = z.string().min(1).max(128);

const toolCall = z
  .looseObject({
    id: callId,
    type: z.literal('function', { error: '"function"' }),
    function: z.looseObject({ name: z.string().min(1).max(128), arguments: z.string() }),
  })
  .transform(({ id, function: { name, arguments: words } }) => ({ id, name, ...readArguments(words) }));

const messageSchema = z.discriminatedUnion(
  'role',
  [
    z.looseObject({ role: z.literal('user'), content: textSchema }),
    z.looseObject({ role: z.literal('system'), content: textSchema }),
    z.looseObject({ role: z.literal('developer'), content: textSchema }),
    z.looseObject({
      role: z.literal('assistant'),
      content: textSchema.nullish(),
      tool_calls: z.array(toolCall).nullish(),
    }),
    z.looseObject({ role: z.literal('tool'), tool_call_id: callId, content: textSchema }),
  ],
  { error: '"user", "assistant", "system", "developer" or "tool"' },
);
type ChatMessage = z.infer<typeof messageSchema>;

export const messagesSchema = z
  .array(messageSchema, { error: 'a list of messages' })
  .min(1, 'at least one message');
export type ChatMessages = z.infer<typeof messagesSchema>;

/** @throws LuminaError LUM_VALIDATION_FAILED for an answer to a call that there is not */
export function toldByMessages(messages: ChatMessages): Told {
  const telling = new Telling([]);
  for (const [index, message] of messages.entries()) tell(telling, message, `messages.${index}`);
  return telling.told();
}

function tell(telling: Telling, message: ChatMessage, field: string): void {
  switch (message.role) {
    case 'user':
      return telling.user(message.content);
    case 'system':
    case 'developer':
      return telling.instruct(message.content);
    case 'assistant':
      return telling.assistant(message.content ?? '', message.tool_calls ?? []);
    case 'tool':
      return telling.answer(message.tool_call_id, message.content, { field: `${field}.tool_call_id` });
  }
}
