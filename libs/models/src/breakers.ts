import { BrokenCircuitError, CircuitState, CountBreaker, circuitBreaker, handleWhenResult } from 'cockatiel';
import type { AskOutcome } from './provider';

export type BreakerState = 'closed' | 'half-open' | 'open';

export interface BreakerOptions {
  /** After how many requests it may open, if half of them or more failed. */
  readonly failures: number;
  /** How long a model rests before one request tries it again. */
  readonly restMs: number;
  readonly onState?: (ref: string, state: BreakerState) => void;
}

/** So many of the last requests count. */
const window = 20;

const failed = (outcome: unknown): boolean => {
  const { kind, failure } = outcome as AskOutcome & { failure?: { code: string } };
  return kind === 'failed' && failure?.code === 'LUM_MODEL_UNAVAILABLE';
};

const states: Readonly<Record<CircuitState, BreakerState>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Open]: 'open',
  [CircuitState.Isolated]: 'open',
};

function createBreaker({ failures, restMs }: BreakerOptions) {
  const policy = circuitBreaker(
    handleWhenResult((outcome) => {
      // A trial that was called off has proved nothing.
      const isCalledOff = (outcome as AskOutcome).kind === 'aborted';
      return failed(outcome) || (isCalledOff && policy.state === CircuitState.HalfOpen);
    }),
    {
      halfOpenAfter: restMs,
      breaker: new CountBreaker({
        threshold: 0.5,
        size: Math.max(window, failures),
        minimumNumberOfCalls: failures,
      }),
    },
  );
  return policy;
}

/**
 * One circuit breaker for each `provider/model`. Invariants:
 *
 * B1 While a model rests, nobody waits for it: a question is turned away at once, also while one request tries it.
 * B2 Only what may pass by itself counts against a model; refused keys and faulty requests do not.
 */
export class Breakers {
  readonly #breakers = new Map<string, ReturnType<typeof createBreaker>>();

  constructor(private readonly options: BreakerOptions) {}

  /** Undefined: the model rests and was not asked. */
  async run(ref: string, ask: () => Promise<AskOutcome>): Promise<AskOutcome | undefined> {
    const breaker = this.#of(ref);
    if (breaker.state === CircuitState.HalfOpen) return undefined;
    try {
      return await breaker.execute(ask);
    } catch (error) {
      if (error instanceof BrokenCircuitError) return undefined;
      throw error;
    }
  }

  get restMs(): number {
    return this.options.restMs;
  }

  #of(ref: string) {
    const known = this.#breakers.get(ref);
    if (known !== undefined) return known;
    const created = createBreaker(this.options);
    const { onState } = this.options;
    if (onState !== undefined) created.onStateChange((state) => onState(ref, states[state]));
    this.#breakers.set(ref, created);
    return created;
  }
}
