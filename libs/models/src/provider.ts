import type { ToolCall, Usage } from '@lumina/contracts';
import type { FinishReason, ModelErrorCode, ModelRequest } from './model-client';

/** What one request to one provider came to. */
export interface Reply {
  readonly content: string;
  readonly toolCalls: ToolCall[];
  readonly usage: Usage;
  readonly isUsageEstimated: boolean;
  readonly finishReason: FinishReason;
  readonly requestId?: string;
  readonly durationMs: number;
  readonly timeToFirstTokenMs: number;
}

/**
 * `retry`: the same model may do it later; `next-model`: this one will not; `shorten`: it might, if it were asked less;
 * `give-up`: the request itself is at fault.
 */
export type Remedy = 'retry' | 'next-model' | 'shorten' | 'give-up';

export interface ModelFailure {
  readonly code: ModelErrorCode;
  readonly message: string;
  readonly remedy: Remedy;
  readonly retryAfterMs?: number;
  /** One of our time-outs ended it. */
  readonly isTimeout?: boolean;
  /** The key was refused: another might not be. */
  readonly isKeyRefused?: boolean;
  /** What an answer that broke off has cost by then, as far as is known. */
  readonly spent?: Usage;
  readonly cause?: unknown;
}

export type AskOutcome =
  | { readonly kind: 'replied'; readonly reply: Reply }
  | { readonly kind: 'failed'; readonly failure: ModelFailure }
  | { readonly kind: 'aborted' };

export type ListOutcome =
  | { readonly kind: 'listed'; readonly models: readonly string[] }
  | { readonly kind: 'failed'; readonly failure: ModelFailure };

export interface ModelProvider {
  readonly id: string;
  /** Whether it is asked with a key now. */
  readonly hasKeys: boolean;
  /** One request, no retries. Text is handed to `onText` as it arrives. */
  ask(
    model: string,
    request: ModelRequest,
    onText: (text: string) => void,
    signal: AbortSignal,
  ): Promise<AskOutcome>;
  /** The names that the provider lists; cheap enough for a health probe. */
  list(timeoutMs: number): Promise<ListOutcome>;
  /** Asks for the list with each of its keys, in their order; once without a key where it has none. */
  checkKeys(timeoutMs: number): Promise<readonly ListOutcome[]>;
}
