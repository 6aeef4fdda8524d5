import type {
  AnswerFormat,
  AnswerPart,
  ErrorCode,
  Message,
  Sampling,
  ToolCall,
  ToolChoice,
  ToolOffer,
  Usage,
} from '@lumina/contracts';

/** Whose cache a question may be answered from, and for how long an answer is kept. */
export interface CacheWish {
  readonly tenant: string;
  readonly ttlMs: number;
}

/**
 * The port that runs ask models through. Invariants of every implementation:
 *
 * M1 `answer` resolves: what a provider does is an outcome. It rejects only for bugs, such as an observer that throws.
 * M2 After `onRestart` everything shown before it no longer counts; the texts shown after the last restart, joined,
 *    are the answer's content, whichever models they come from.
 * M3 No message, cause or reason contains a key.
 * M4 `usage` and `costUsd` hold all that the answer took, where the provider says or where words were seen.
 * M5 Tool-call ids of an answer are unique within it and among those of the request's messages.
 */
export interface ModelRequest {
  readonly system: string;
  readonly messages: readonly Message[];
  readonly tools: readonly ToolOffer[];
  readonly maxOutputTokens: number;
  readonly sampling?: Sampling;
  /** Absent: as the provider does by default. So with what follows. */
  readonly toolChoice?: ToolChoice;
  readonly isParallelCallsAllowed?: boolean;
  /** Providers that can hold the model to it do; nobody relies on that. */
  readonly answerFormat?: AnswerFormat;
  /** Marks what will be asked again for the provider's own cache, where it wants that marked. */
  readonly promptCache?: boolean;
  /** Where the answer may come from a cache, and go to it. */
  readonly cache?: CacheWish;
  /** The span that the question is part of; providers are told only where that is configured. */
  readonly traceparent?: string;
}

export type FinishReason = 'stop' | 'tool_calls' | 'length' | 'content_filter';

export interface ModelAnswer {
  readonly message: { readonly content: string; readonly toolCalls: ToolCall[] };
  readonly usage: Usage;
  readonly finishReason: FinishReason;
  /** The `provider/model` of the chain that answered. */
  readonly model: string;
  /** The provider's own name for this request, where it gave one. */
  readonly requestId?: string;
  /** Of the request that was answered, without the failed ones before it. */
  readonly durationMs: number;
  readonly timeToFirstTokenMs: number;
  readonly costUsd: number;
  /** False: no price is configured for the model, so its cost counts as 0. */
  readonly isPriceKnown: boolean;
  /** True: the provider did not say, so tokens were counted as a quarter of the characters. */
  readonly isUsageEstimated: boolean;
  /** It was given before, to the same question, and costs nothing. */
  readonly isCached?: true;
  /** Requests sent over the whole chain, the answered one included. */
  readonly attempts: number;
  /** What else it took, in order; it is part of `usage` and `costUsd`. */
  readonly parts: readonly AnswerPart[];
  /** To be told whether the answer counts, once it was checked: what does not is given to nobody again. Absent: no cache cares. */
  readonly onJudged?: (isAccepted: boolean) => void;
}

export type ModelErrorCode = Extract<
  ErrorCode,
  'LUM_MODEL_UNAVAILABLE' | 'LUM_MODEL_REJECTED' | 'LUM_MODEL_UNKNOWN' | 'LUM_CONTEXT_TOO_LONG'
>;

export type ModelOutcome =
  | { readonly kind: 'answered'; readonly answer: ModelAnswer }
  | {
      readonly kind: 'failed';
      readonly code: ModelErrorCode;
      readonly message: string;
      readonly attempts: number;
      /** What the failed requests have cost as far as is known; absent: nothing. */
      readonly parts?: readonly AnswerPart[];
      readonly cause?: unknown;
    }
  | { readonly kind: 'aborted' };

export interface ModelObserver {
  onText(text: string): void;
  /** What was shown is void; the answer begins anew. */
  onRestart(reason: string): void;
  /**
   * Asked before a request that follows `paid` others which were paid for already, for the same answer. False: it must not be sent. Absent:
   * all may.
   */
  mayAskAgain?(paid: number): Promise<boolean>;
}

export interface ModelClient {
  /**
   * Asks the models of the chain, first choice first, until one answers.
   *
   * @param chain models as `provider/model`, at least one
   */
  answer(
    chain: readonly string[],
    request: ModelRequest,
    observer: ModelObserver,
    signal: AbortSignal,
  ): Promise<ModelOutcome>;
}
