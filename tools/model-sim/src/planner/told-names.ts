import type { ChatMessage } from '../chat/request';

const question = /\b(?:what(?:'s|’s| is)|tell me|do you (?:know|remember)|remember) my name\b/i;
const telling = /\b(?:my name is|call me) ([\p{L}][\p{L}'’-]*)/iu;

/** Answers who asks for the own name, from what was said before; undefined for anything else. */
export function aboutOwnName(said: string, messages: readonly ChatMessage[]): string | undefined {
  if (!question.test(said)) return undefined;
  const told = messages
    .filter(({ role }) => role === 'user')
    .flatMap(({ text }) => telling.exec(text)?.[1] ?? []);
  const name = told.at(-1);
  return name === undefined ? 'You have not told me your name.' : `You told me that your name is ${name}.`;
}
