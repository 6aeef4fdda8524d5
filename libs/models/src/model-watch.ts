import type { BreakerState } from './breakers';
import type { ModelErrorCode } from './model-client';

/** Hears what a chain does beside answering: for metrics. Refs are `provider/model`. */
export interface ModelWatch {
  /** A request was not answered. */
  failed(ref: string, code: ModelErrorCode): void;
  /** The next model is asked instead. */
  fellBack(from: string, to: string): void;
  /** An answer goes on from the words of a model that broke off. */
  stitched(from: string, to: string): void;
  breaker(ref: string, state: BreakerState): void;
}

export const unwatched: ModelWatch = {
  failed: () => undefined,
  fellBack: () => undefined,
  stitched: () => undefined,
  breaker: () => undefined,
};
