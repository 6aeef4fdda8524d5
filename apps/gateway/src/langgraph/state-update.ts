import { LuminaError, type Message, type ToolCall } from '@lumina/contracts';
import { v4 as uuidV4 } from 'uuid';

/**
 * A client's change of a thread's messages, as LangGraph's message channel takes it: a message with a known id replaces that
 * one, `remove` takes it away, others are added.
 */
export type MessageChange =
  { readonly kind: 'message'; readonly message: Message } | { readonly kind: 'remove'; readonly id: string };

/** @throws LuminaError LUM_VALIDATION_FAILED, naming the place */
export function readChanges(values: unknown): readonly MessageChange[] {
  const given = (values as { messages?: unknown } | undefined)?.messages;
  const list: readonly unknown[] = Array.isArray(given) ? given : given === undefined ? [] : [given];
  if (list.length === 0) throw invalid('values.messages', 'one message or several');
  return list.map((entry, index) => readChange(entry, `values.messages.${index}`));
}

function readChange(entry: unknown, place: string): MessageChange {
  if (typeof entry !== 'object' || entry === null) throw invalid(place, 'a message');
  const fields = entry as Record<string, unknown>;
  const id = typeof fields['id'] === 'string' && fields['id'] !== '' ? fields['id'] : uuidV4();
  const content = fields['content'];
  const role = fields['role'] ?? fields['type'];
  if (role === 'remove') return { kind: 'remove', id };
  if (typeof content !== 'string') throw invalid(`${place}.content`, 'text');
  switch (role) {
    case 'user':
    case 'human':
      return { kind: 'message', message: { role: 'user', id, content } };
    case 'assistant':
    case 'ai':
      return {
        kind: 'message',
        message: {
          role: 'assistant',
          id,
          content,
          toolCalls: readToolCalls(fields['tool_calls'], `${place}.tool_calls`),
        },
      };
    case 'tool':
      return { kind: 'message', message: { role: 'tool', id, content, ...readToolFields(fields, place) } };
    default:
      throw invalid(`${place}.role`, 'user, assistant, tool or remove');
  }
}

function readToolCalls(given: unknown, place: string): ToolCall[] {
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given)) throw invalid(place, 'a list of tool calls');
  return given.map((entry: unknown, index) => {
    const { id, name, args } = (entry ?? {}) as { id?: unknown; name?: unknown; args?: unknown };
    if (typeof name !== 'string' || name === '') throw invalid(`${place}.${index}.name`, 'text');
    if (typeof args !== 'object' || args === null || Array.isArray(args)) {
      throw invalid(`${place}.${index}.args`, 'an object');
    }
    return { id: typeof id === 'string' && id !== '' ? id : uuidV4(), name, args: { ...args } };
  });
}

function readToolFields(fields: Record<string, unknown>, place: string) {
  const { tool_call_id: toolCallId, name, status } = fields;
  if (typeof toolCallId !== 'string') throw invalid(`${place}.tool_call_id`, 'text');
  return { toolCallId, name: typeof name === 'string' ? name : 'tool', isError: status === 'error' };
}

/** The messages to append, or, where something is replaced or removed, the whole conversation anew. */
export function applyChanges(
  conversation: readonly Message[],
  changes: readonly MessageChange[],
): { readonly messages: readonly Message[]; readonly isRewrite: boolean } {
  const known = new Set(conversation.map(({ id }) => id));
  const isAppend = changes.every((change) => change.kind === 'message' && !known.has(change.message.id));
  if (isAppend) return { messages: changes.flatMap(appended), isRewrite: false };
  const messages = new Map(conversation.map((message) => [message.id, message]));
  for (const change of changes) {
    if (change.kind === 'remove') messages.delete(change.id);
    else messages.set(change.message.id, change.message);
  }
  return { messages: [...messages.values()], isRewrite: true };
}

const appended = (change: MessageChange): readonly Message[] =>
  change.kind === 'message' ? [change.message] : [];

function invalid(field: string, expected: string): LuminaError {
  return new LuminaError('LUM_VALIDATION_FAILED', `${field}: expected ${expected}`, {
    fields: [{ field, expected }],
  });
}
