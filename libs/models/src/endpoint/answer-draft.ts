import type { ToolCall, Usage } from '@lumina/contracts';
import type { FinishReason } from '../model-client';
import { ToolCallSlots } from './tool-call-slots';

export interface Counted {
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  /** Of the input: what the provider had read before. */
  readonly cachedInputTokens?: number | undefined;
  /** Of the input: what it put aside for the next time. */
  readonly cacheWriteTokens?: number | undefined;
}

/** The provider said no inside its answer. */
export interface InnerRefusal {
  readonly status: number;
  /** A document that `refusalFailure` reads. */
  readonly body: string;
}

const uncounted: Counted = {};

const tokensOf = (characters: number): number => Math.ceil(characters / 4);

/** One answer while it is put together, whatever wire its pieces come over. */
export class AnswerDraft {
  readonly calls = new ToolCallSlots();
  #content = '';
  #counted = uncounted;
  #reason: FinishReason | undefined;
  #hasFinished = false;
  #isWhole = false;
  #broken: string | undefined;
  #refusal: InnerRefusal | undefined;
  /** The provider's own name for the answer. */
  id: string | undefined;

  constructor(private readonly onText: (text: string) => void) {}

  /** The model said why it ended; bookkeeping may follow. */
  get hasFinished(): boolean {
    return this.#hasFinished;
  }

  /** Nothing more will come. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** What went wrong, where the provider says so without a reason of its own. */
  get broken(): string | undefined {
    return this.#broken;
  }

  get refusal(): InnerRefusal | undefined {
    return this.#refusal;
  }

  /** Neither a call nor a count has come, nor any sort of end. */
  get isOnlyWords(): boolean {
    const isOpen = !this.#hasFinished && !this.#isWhole;
    const isSound = this.#broken === undefined && this.#refusal === undefined;
    return isOpen && isSound && this.calls.isEmpty && this.#counted === uncounted;
  }

  get hasOutput(): boolean {
    return this.#content !== '' || !this.calls.isEmpty;
  }

  say(text: string): void {
    if (text === '') return;
    this.#content += text;
    this.onText(text);
  }

  /** Later counts replace earlier ones, each for itself. */
  count(counted: Counted): void {
    const before = this.#counted;
    this.#counted = {
      inputTokens: counted.inputTokens ?? before.inputTokens,
      outputTokens: counted.outputTokens ?? before.outputTokens,
      cachedInputTokens: counted.cachedInputTokens ?? before.cachedInputTokens,
      cacheWriteTokens: counted.cacheWriteTokens ?? before.cacheWriteTokens,
    };
  }

  /** @param reason undefined: as the tool calls say */
  finish(reason: FinishReason | undefined): void {
    this.#hasFinished = true;
    this.#reason = reason;
  }

  end(): void {
    this.#isWhole = true;
  }

  break(what: string): void {
    this.#broken ??= what;
  }

  refuse(status: number, error: unknown): void {
    this.#refusal ??= { status, body: JSON.stringify({ error }) };
  }

  get finishReason(): FinishReason {
    if (this.#reason === 'length' || this.#reason === 'content_filter') return this.#reason;
    return this.calls.isEmpty ? 'stop' : 'tool_calls';
  }

  /** @param takenIds ids that a call may not have */
  message(takenIds: () => ReadonlySet<string>): { content: string; toolCalls: ToolCall[] } {
    return { content: this.#content, toolCalls: this.calls.isEmpty ? [] : this.calls.calls(takenIds()) };
  }

  /** @param promptCharacters of the request, for where the provider did not count */
  usage(promptCharacters: () => number): { usage: Usage; isUsageEstimated: boolean } {
    const { inputTokens, outputTokens, cachedInputTokens = 0, cacheWriteTokens = 0 } = this.#counted;
    const outputCharacters = this.#content.length + this.calls.characters;
    return {
      usage: {
        inputTokens: inputTokens ?? tokensOf(promptCharacters()),
        outputTokens: outputTokens ?? tokensOf(outputCharacters),
        ...(cachedInputTokens > 0 ? { cachedInputTokens } : {}),
        ...(cacheWriteTokens > 0 ? { cacheWriteTokens } : {}),
      },
      isUsageEstimated: inputTokens === undefined || outputTokens === undefined,
    };
  }
}
