import type { Reply } from './reply';

/** When the parts of an answer leave, in milliseconds. */
export interface Pace {
  readonly beforeHeadersMs: number;
  readonly beforeFirstTokenMs: number;
  readonly betweenTokensMs: number;
}

export const atOnce: Pace = { beforeHeadersMs: 0, beforeFirstTokenMs: 0, betweenTokensMs: 0 };

export const malformations = ['chunk', 'tool_args', 'no_done', 'content_type'] as const;
export type Malformation = (typeof malformations)[number];

/** How an answer goes wrong. `afterTokens` counts deltas that are sent before it does. */
export type Fault =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly message: string;
      readonly retryAfterSeconds: number | undefined;
    }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'reject_connection' }
  | { readonly kind: 'hang'; readonly afterTokens: number }
  | { readonly kind: 'break'; readonly afterTokens: number }
  | { readonly kind: 'malformed'; readonly what: Malformation };

/** One answer as it is to be played: what is said, when, and what goes wrong. */
export interface Performance {
  readonly reply: Reply;
  readonly pace: Pace;
  readonly fault: Fault;
}
