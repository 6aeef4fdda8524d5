/** One request as tests see it: what was asked for and what became of it, never what was said. */
export interface RequestRecord {
  readonly id: string;
  /** ISO 8601. */
  readonly time: string;
  readonly path: string;
  model: string | null;
  stream: boolean;
  /** How many messages the conversation held. */
  messages: number;
  /** Names of the tools offered. */
  tools: readonly string[];
  scenario: string | null;
  /** From 0: assistant messages since the last user message. */
  turn: number | null;
  /** From 1: how often this same conversation was asked; null where nobody counts. */
  attempt: number | null;
  outcome: string;
  status: number | null;
  disconnectedByClient: boolean;
  durationMs: number | null;
}

export interface SimStats {
  readonly requests: number;
  readonly inFlight: number;
  readonly disconnectedByClient: number;
  readonly outcomes: Readonly<Record<string, number>>;
}

/** Remembers the last `capacity` requests and counts them all. */
export class RequestLog {
  #ring: RequestRecord[] = [];
  #next = 0;
  #requests = 0;
  #inFlight = 0;
  #disconnected = 0;
  #outcomes: Record<string, number> = {};
  #epoch = 0;

  constructor(private readonly capacity = 1000) {}

  /** Returns what to call when the request has ended; an end after `clear` counts for nothing. */
  begin(record: RequestRecord): () => void {
    const epoch = this.#epoch;
    this.#ring[this.#next] = record;
    this.#next = (this.#next + 1) % this.capacity;
    this.#requests += 1;
    this.#inFlight += 1;
    return () => {
      if (epoch === this.#epoch) this.#end(record);
    };
  }

  #end(record: RequestRecord): void {
    this.#inFlight -= 1;
    if (record.disconnectedByClient) this.#disconnected += 1;
    this.#outcomes[record.outcome] = (this.#outcomes[record.outcome] ?? 0) + 1;
  }

  /** Oldest first. */
  list(): readonly RequestRecord[] {
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)];
  }

  stats(): SimStats {
    return {
      requests: this.#requests,
      inFlight: this.#inFlight,
      disconnectedByClient: this.#disconnected,
      outcomes: { ...this.#outcomes },
    };
  }

  clear(): void {
    this.#epoch += 1;
    this.#ring = [];
    this.#next = this.#requests = this.#inFlight = this.#disconnected = 0;
    this.#outcomes = {};
  }
}
