import { LuminaError, type Message, type ToolCall } from '@lumina/contracts';
import type { InputMessage } from '../bodies/run-input';

/** What a client tells in one request: instructions, what was said before, and what is new. */
export interface Told {
  readonly instructions: string;
  readonly context: readonly Message[];
  readonly input: readonly InputMessage[];
}

/** Turn by turn, in the client's order. Messages get their names when the run has its own. */
export class Telling {
  private readonly instructions: string[] = [];
  private readonly messages: Message[] = [];
  private readonly names: Map<string, string>;

  /** @param known the thread's messages before this request: its calls may be answered now */
  constructor(known: readonly Message[]) {
    const calls = known.flatMap((message) => (message.role === 'assistant' ? message.toolCalls : []));
    this.names = new Map(calls.map(({ id, name }) => [id, name]));
  }

  instruct(words: string): void {
    if (words.trim() !== '') this.instructions.push(words);
  }

  user(content: string): void {
    this.messages.push({ role: 'user', id: this.place(), content });
  }

  assistant(content: string, toolCalls: readonly ToolCall[]): void {
    for (const { id, name } of toolCalls) this.names.set(id, name);
    this.messages.push({ role: 'assistant', id: this.place(), content, toolCalls: [...toolCalls] });
  }

  /** A call that belongs to the assistant's last words, where nothing came between. */
  call(call: ToolCall): void {
    const last = this.messages.at(-1);
    if (last?.role !== 'assistant') return this.assistant('', [call]);
    this.names.set(call.id, call.name);
    last.toolCalls.push(call);
  }

  /** @throws LuminaError LUM_VALIDATION_FAILED where no call has this id */
  answer(
    callId: string,
    content: string,
    { field, isError = false }: { field: string; isError?: boolean },
  ): void {
    const name = this.names.get(callId);
    if (name === undefined) {
      const expected = `the id of a call in this conversation, got ${JSON.stringify(callId)}`;
      throw new LuminaError('LUM_VALIDATION_FAILED', `${field}: expected ${expected}`, {
        fields: [{ field, expected }],
      });
    }
    this.messages.push({ role: 'tool', id: this.place(), toolCallId: callId, name, content, isError });
  }

  /** The last words of people are the input; all before them is context. */
  told(): Told {
    const lastOther = this.messages.findLastIndex(({ role }) => role !== 'user');
    return {
      instructions: this.instructions.join('\n\n'),
      context: this.messages.slice(0, lastOther + 1),
      input: this.messages.slice(lastOther + 1).map(({ content }) => ({ id: undefined, text: content })),
    };
  }

  private place(): string {
    return `${this.messages.length}`;
  }
}
