/**
 * Errors are API. Each code is documented in docs/errors.md (a test compares), says whether the same request may
 * succeed later, and carries the HTTP status it is answered with.
 */
export const errorCodes = {
  LUM_BAD_REQUEST: { status: 400, isRetryable: false },
  LUM_UNAUTHENTICATED: { status: 401, isRetryable: false },
  LUM_FORBIDDEN: { status: 403, isRetryable: false },
  LUM_ROUTE_NOT_FOUND: { status: 404, isRetryable: false },
  LUM_THREAD_NOT_FOUND: { status: 404, isRetryable: false },
  LUM_RUN_NOT_FOUND: { status: 404, isRetryable: false },
  LUM_AGENT_NOT_FOUND: { status: 404, isRetryable: false },
  LUM_TOOL_NOT_FOUND: { status: 404, isRetryable: false },
  LUM_CRON_NOT_FOUND: { status: 404, isRetryable: false },
  LUM_CHECKPOINT_NOT_FOUND: { status: 404, isRetryable: false },
  LUM_RUN_CANCELLED: { status: 409, isRetryable: false },
  LUM_RUN_ENDED: { status: 409, isRetryable: false },
  LUM_CONFLICT: { status: 409, isRetryable: true },
  LUM_BUDGET_EXHAUSTED: { status: 402, isRetryable: false },
  LUM_BUDGET_NEEDED: { status: 402, isRetryable: false },
  LUM_APPROVAL_NEEDED: { status: 409, isRetryable: false },
  LUM_APPROVAL_NOT_PENDING: { status: 409, isRetryable: false },
  LUM_APPROVAL_EXPIRED: { status: 409, isRetryable: false },
  LUM_APPROVAL_ALTERED: { status: 409, isRetryable: false },
  LUM_KEY_NOT_FOUND: { status: 404, isRetryable: false },
  LUM_KEY_LIMIT: { status: 409, isRetryable: false },
  LUM_KEY_SHOWN: { status: 409, isRetryable: false },
  LUM_THREAD_EXISTS: { status: 409, isRetryable: false },
  LUM_BODY_TOO_LARGE: { status: 413, isRetryable: false },
  LUM_UNSUPPORTED_MEDIA_TYPE: { status: 415, isRetryable: false },
  LUM_VALIDATION_FAILED: { status: 422, isRetryable: false },
  LUM_NOT_OFFERED: { status: 422, isRetryable: false },
  LUM_IDEMPOTENCY_MISMATCH: { status: 422, isRetryable: false },
  LUM_RATE_LIMITED: { status: 429, isRetryable: true },
  LUM_STREAM_LIMIT: { status: 429, isRetryable: true },
  LUM_THREAD_BUSY: { status: 422, isRetryable: true },
  LUM_INTERNAL: { status: 500, isRetryable: true },
  LUM_STORE_UNAVAILABLE: { status: 503, isRetryable: true },
  LUM_NOT_DURABLE: { status: 503, isRetryable: true },
  LUM_DRAINING: { status: 503, isRetryable: true },
  LUM_CURSOR_EXPIRED: { status: 410, isRetryable: false },
  LUM_MODEL_UNAVAILABLE: { status: 502, isRetryable: true },
  LUM_MODEL_REJECTED: { status: 502, isRetryable: false },
  LUM_MODEL_UNKNOWN: { status: 500, isRetryable: false },
  LUM_CONTEXT_TOO_LONG: { status: 500, isRetryable: false },
  LUM_STEP_LIMIT: { status: 500, isRetryable: false },
  LUM_TOOL_CALL_LIMIT: { status: 500, isRetryable: false },
  LUM_TOKEN_LIMIT: { status: 500, isRetryable: false },
  LUM_COST_LIMIT: { status: 500, isRetryable: false },
  LUM_WALL_TIME_LIMIT: { status: 500, isRetryable: false },
  LUM_ANSWER_INVALID: { status: 500, isRetryable: true },
  LUM_FEEDBACK_FULL: { status: 409, isRetryable: false },
  LUM_ANSWER_EMPTY: { status: 500, isRetryable: true },
  LUM_ANSWER_RESTARTED: { status: 502, isRetryable: true },
} as const satisfies Record<string, { status: number; isRetryable: boolean }>;

export type ErrorCode = keyof typeof errorCodes;

export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorCodes, code);

export interface FieldProblem {
  /** Dotted path of the field, for example `input.messages.0.content`. */
  readonly field: string;
  readonly expected: string;
}

/** The one error class of Lumina: a code for programs, a message for people, the cause for the log. */
export class LuminaError extends Error {
  readonly fields: readonly FieldProblem[];
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    details: { cause?: unknown; fields?: readonly FieldProblem[]; retryAfterMs?: number } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'LuminaError';
    this.fields = details.fields ?? [];
    this.retryAfterMs = details.retryAfterMs;
  }

  get status(): number {
    return errorCodes[this.code].status;
  }

  get isRetryable(): boolean {
    return errorCodes[this.code].isRetryable;
  }
}
