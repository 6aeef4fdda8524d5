import { ValidateBy, type ValidationOptions } from 'class-validator';

/** What a person or a program says to an agent: text, in the shapes that LangGraph clients send. */
export interface InputMessage {
  readonly id: string | undefined;
  readonly text: string;
}

export type RunInput =
  | { readonly isValid: true; readonly messages: readonly InputMessage[] }
  | { readonly isValid: false; readonly path: string; readonly expected: string };

const maxMessages = 100;
const expectedMessages =
  '`messages`: a message or a list of messages, for example [{"role": "user", "content": "…"}]';

const invalid = (path: string, expected: string): RunInput => ({ isValid: false, path, expected });

/** Reads `{messages: …}`. */
export function readRunInput(input: unknown): RunInput {
  if (typeof input !== 'object' || input === null || !('messages' in input)) {
    return invalid('', `an object with ${expectedMessages}`);
  }
  const given: unknown = input.messages;
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (list.length === 0 || list.length > maxMessages) {
    return invalid('.messages', `1 to ${maxMessages} messages, got ${list.length}`);
  }
  const messages: InputMessage[] = [];
  for (const [index, entry] of list.entries()) {
    const message = readMessage(entry, Array.isArray(given) ? `.messages.${index}` : '.messages');
    if ('isValid' in message) return message;
    messages.push(message);
  }
  return { isValid: true, messages };
}

function readMessage(entry: unknown, path: string): InputMessage | RunInput {
  if (typeof entry === 'string') return readText(undefined, entry, path);
  if (typeof entry !== 'object' || entry === null)
    return invalid(path, 'text, or an object with role and content');
  const { role, type, content, id } = entry as Record<string, unknown>;
  const speaker = role ?? type;
  if (speaker !== 'user' && speaker !== 'human') {
    return invalid(
      `${path}.${role === undefined ? 'type' : 'role'}`,
      `"user" (or "human"), got ${JSON.stringify(speaker)}`,
    );
  }
  if (id !== undefined && id !== null && (typeof id !== 'string' || id === '' || id.length > 128)) {
    return invalid(`${path}.id`, 'text of 1 to 128 characters');
  }
  return readText(typeof id === 'string' ? id : undefined, content, `${path}.content`);
}

function readText(id: string | undefined, content: unknown, path: string): InputMessage | RunInput {
  const text = Array.isArray(content) ? joinParts(content) : content;
  if (typeof text !== 'string') return invalid(path, 'text, or a list of {"type": "text", "text": "…"}');
  if (text.trim() === '') return invalid(path, 'text that is not empty');
  return { id, text };
}

function joinParts(parts: readonly unknown[]): string | undefined {
  const texts = parts.map((part) => {
    const { type, text } = (part ?? {}) as { type?: unknown; text?: unknown };
    return type === 'text' && typeof text === 'string' ? text : undefined;
  });
  return texts.every((text) => text !== undefined) ? texts.join('') : undefined;
}

/** The decorator of a run's `input`. */
export const IsRunInput = (options?: ValidationOptions): PropertyDecorator =>
  ValidateBy(
    {
      name: 'isRunInput',
      validator: {
        validate: (value) => readRunInput(value).isValid,
        defaultMessage: (given) => {
          const input = readRunInput(given?.value);
          if (input.isValid) return '';
          return input.path === '' ? input.expected : `${input.path}: ${input.expected}`;
        },
      },
    },
    options,
  );

/** The decorator of a field that means something we do not do: saying so is better than leaving it out in silence. */
export const IsNotOffered = (what: string, options?: ValidationOptions): PropertyDecorator =>
  ValidateBy(
    {
      name: 'isNotOffered',
      validator: {
        validate: (value) => value === undefined || value === null || isEmptyList(value),
        defaultMessage: () => `nothing: ${what} is not offered`,
      },
    },
    options,
  );

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;
