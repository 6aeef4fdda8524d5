/** One request to one provider, as its client saw it. */
export interface ModelOperation {
  readonly provider: string;
  readonly model: string;
  readonly durationMs: number;
  /** Absent: nothing came. */
  readonly timeToFirstChunkMs?: number;
  /** As the provider said; absent where it did not. */
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number };
  /** It failed, with a word for how. */
  readonly errorType?: string;
}

/** Where requests to models are counted by OpenTelemetry's conventions. It never throws and never waits. */
export interface GenAiMeter {
  count(operation: ModelOperation): void;
  /** Sends what is left, within two seconds. */
  close(): Promise<void>;
}
