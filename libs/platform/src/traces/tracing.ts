import type { TraceContext } from './trace-context';

export type SpanAttributes = Readonly<
  Record<string, string | number | boolean | readonly string[] | undefined>
>;

export interface SpanStart {
  /** Who waits for whom: `server` and `client` of a request, `producer` and `consumer` of work that is left for later. */
  readonly kind?: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  /** Undefined: a trace begins. */
  readonly parent: TraceContext | undefined;
  readonly links?: readonly TraceContext[];
  /** Milliseconds since the Unix epoch; absent: now. */
  readonly atMs?: number;
  /** Absent: a random one. */
  readonly spanId?: string;
  readonly attributes?: SpanAttributes;
}

export interface Span {
  readonly context: TraceContext;
  /** To be handed to others. */
  readonly traceparent: string;
  set(attributes: SpanAttributes): void;
  /** `errorType`: it failed, with a word for how; never what was said. A second end is nothing. */
  end(errorType?: string): void;
}

/** Where spans go. Invariants: it never throws, never waits, and what it cannot deliver in time it drops. */
export interface Tracing {
  start(name: string, start: SpanStart): Span;
  /** Sends what is left, within two seconds. */
  close(): Promise<void>;
}
