import type { ToolCall, Usage } from '@lumina/contracts';
import type { FinishReason } from '../model-client';
import { type JsonObject, arrayOf, countOf, objectOf, stringOf } from './json-value';
import { ToolCallSlots } from './tool-call-slots';

const finishReasons: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  max_tokens: 'length',
  content_filter: 'content_filter',
};

/** Text as a string, or as the parts that some servers send. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return arrayOf(content)
    .map((part) => stringOf(objectOf(part)?.['text']) ?? '')
    .join('');
}

const characterCount = (characters: number): number => Math.ceil(characters / 4);

/**
 * Folds the chunks of a chat completion, streamed or whole, into one answer. Reasoning is passed over; of several
 * choices the first counts.
 */
export class ChatFold {
  readonly #onText: (text: string) => void;
  readonly #calls = new ToolCallSlots();
  #content = '';
  #usage: JsonObject | undefined;
  #finish: string | undefined;
  #id: string | undefined;

  constructor(onText: (text: string) => void) {
    this.#onText = onText;
  }

  /** The model said why it ended. */
  get hasFinished(): boolean {
    return this.#finish !== undefined;
  }

  /** Some gateways report a failure of the model as a way to finish. */
  get hasFailed(): boolean {
    return this.#finish === 'error';
  }

  get hasOutput(): boolean {
    return this.#content !== '' || !this.#calls.isEmpty;
  }

  get id(): string | undefined {
    return this.#id;
  }

  add(chunk: JsonObject): void {
    this.#id ??= stringOf(chunk['id']);
    this.#usage = objectOf(chunk['usage']) ?? this.#usage;
    const choice = objectOf(arrayOf(chunk['choices'])[0]);
    if (choice === undefined || (countOf(choice['index']) ?? 0) !== 0) return;
    const delta = objectOf(choice['delta']) ?? objectOf(choice['message']);
    if (delta !== undefined) this.#addDelta(delta);
    this.#finish = stringOf(choice['finish_reason']) ?? this.#finish;
  }

  get finishReason(): FinishReason {
    const given = this.#finish ?? '';
    const known = Object.hasOwn(finishReasons, given) ? finishReasons[given] : undefined;
    if (known === 'length' || known === 'content_filter') return known;
    return this.#calls.isEmpty ? 'stop' : 'tool_calls';
  }

  message(takenIds: ReadonlySet<string>): { content: string; toolCalls: ToolCall[] } {
    return { content: this.#content, toolCalls: this.#calls.calls(takenIds) };
  }

  /** @param promptCharacters of the request, for where the provider did not count */
  usage(promptCharacters: () => number): { usage: Usage; isUsageEstimated: boolean } {
    const given = this.#usage ?? {};
    const inputTokens = countOf(given['prompt_tokens']) ?? countOf(given['input_tokens']);
    const outputTokens = countOf(given['completion_tokens']) ?? countOf(given['output_tokens']);
    const outputCharacters = this.#content.length + this.#calls.characters;
    return {
      usage: {
        inputTokens: inputTokens ?? characterCount(promptCharacters()),
        outputTokens: outputTokens ?? characterCount(outputCharacters),
      },
      isUsageEstimated: inputTokens === undefined || outputTokens === undefined,
    };
  }

  #addDelta(delta: JsonObject): void {
    const text = textOf(delta['content']) + textOf(delta['refusal']);
    if (text !== '') {
      this.#content += text;
      this.#onText(text);
    }
    for (const piece of arrayOf(delta['tool_calls'])) this.#calls.add(piece);
  }
}
