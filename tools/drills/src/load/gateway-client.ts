import { createParser } from 'eventsource-parser';

export interface Acknowledged {
  readonly run: string;
  readonly thread: string;
  /** When the first attempt left. */
  readonly askedMs: number;
  /** When the attempt that was acknowledged left, and when its answer came. Ms since the epoch. */
  readonly sentMs: number;
  readonly ackedMs: number;
  readonly attempts: number;
}

export interface ToldMessage {
  readonly type: string;
  readonly id: string;
  readonly content: string;
  readonly name?: string;
  readonly status?: string;
  readonly response_metadata?: { readonly finish_reason?: string };
}

export interface RunRecord {
  /** How often a piece of the run's work was claimed after another worker had claimed it. */
  readonly takeOvers: number;
  readonly status: string;
  readonly messages: readonly ToldMessage[];
}

export interface Frame {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: unknown;
}

export interface RunPlace {
  readonly run: string;
  readonly thread: string;
}

export interface Explained {
  readonly status: string;
  readonly items: readonly { readonly item: string; readonly state: string; readonly attempt: number }[];
  readonly timeline: readonly { readonly what: string; readonly detail?: string }[];
}

/** The answer of a gateway that cannot be: anything but 2xx. */
export class RefusedRequest extends Error {
  constructor(
    readonly status: number,
    body: string,
  ) {
    super(`the gateway answered ${status}: ${body.slice(0, 300)}`);
  }

  get isFinal(): boolean {
    return this.status < 500 && this.status !== 429;
  }
}

const requestTimeoutMs = 12_000;

/** Speaks with any of the gateways as a careful client does: it goes to the next when one fails. */
export class GatewayClient {
  private turn = 0;

  constructor(
    private readonly urls: readonly string[],
    private readonly apiKey: string,
  ) {}

  /** One attempt at a run; the same key again is the same run. */
  async create(key: string, thread: string, task: string): Promise<string> {
    const body = {
      assistant_id: 'drill',
      input: { messages: [{ role: 'user', content: task }] },
      if_not_exists: 'create',
    };
    const answer = await this.json(`/threads/${thread}/runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(body),
    });
    return (answer as { run_id: string }).run_id;
  }

  /** Cancels a run. Resolves when it has ended. */
  async cancel({ run, thread }: RunPlace): Promise<void> {
    const response = await this.fetch(`/threads/${thread}/runs/${run}/cancel?wait=1`, { method: 'POST' });
    await response.arrayBuffer();
  }

  /** A key of the same tenant, made now. */
  async issueKey(): Promise<string> {
    const body = JSON.stringify({ name: 'drill', scopes: ['runs:read'] });
    const headers = { 'content-type': 'application/json' };
    const made = await this.json('/keys', { method: 'POST', headers, body });
    return (made as { key: string }).key;
  }

  /** Whether the key opens anything. */
  async isWelcome(): Promise<boolean> {
    try {
      await this.json('/assistants/drill');
      return true;
    } catch (error) {
      if (error instanceof RefusedRequest && error.status === 401) return false;
      throw error;
    }
  }

  /** What the run waits for, as `explain` tells it. */
  async explain(run: string): Promise<Explained> {
    return (await this.json(`/runs/${run}/explain`)) as Explained;
  }

  /** The one budget that counts the caller's calls, in US dollars. */
  async budget(): Promise<{ readonly spent: number; readonly held: number }> {
    const { budgets } = (await this.json('/budgets')) as {
      readonly budgets: readonly { readonly cost_usd: { readonly spent: number; readonly held: number } }[];
    };
    const [only] = budgets;
    if (only === undefined) throw new Error('no budget counts these calls');
    return only.cost_usd;
  }

  /** All that can be known of a run by its clients; undefined: there is no such run. */
  async record(run: string, thread: string): Promise<RunRecord | undefined> {
    try {
      const [view, state, explanation] = await Promise.all([
        this.json(`/threads/${thread}/runs/${run}`),
        this.json(`/threads/${thread}/state`),
        this.explain(run),
      ]);
      const { items } = explanation;
      return {
        status: (view as { status: string }).status,
        takeOvers: items.reduce((sum, { attempt }) => sum + Math.max(0, attempt - 1), 0),
        messages: (state as { values: { messages: ToldMessage[] } }).values.messages,
      };
    } catch (error) {
      if (error instanceof RefusedRequest && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Frames of a run behind a cursor, until the stream ends or breaks. */
  async *frames(
    { run, thread }: RunPlace,
    lastEventId: string | undefined,
    signal: AbortSignal,
    mode: 'updates' | 'messages-tuple' = 'updates',
  ): AsyncGenerator<Frame> {
    const response = await this.fetch(`/threads/${thread}/runs/${run}/stream?stream_mode=${mode}`, {
      headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
      signal,
    });
    const frames: Frame[] = [];
    const parser = createParser({
      onEvent: ({ event = 'message', id, data }) =>
        frames.push({ event, id, data: data === '' ? null : (JSON.parse(data) as unknown) }),
    });
    const decoder = new TextDecoder();
    for await (const bytes of response.body ?? []) {
      parser.feed(decoder.decode(bytes as Uint8Array, { stream: true }));
      yield* frames.splice(0);
    }
  }

  private async json(path: string, init: RequestInit = {}): Promise<unknown> {
    const response = await this.fetch(path, { ...init, signal: AbortSignal.timeout(requestTimeoutMs) });
    return response.json();
  }

  private async fetch(path: string, init: RequestInit): Promise<Response> {
    this.turn += 1;
    const url = this.urls[this.turn % this.urls.length] ?? '';
    const response = await fetch(`${url}${path}`, {
      ...init,
      headers: { 'x-api-key': this.apiKey, ...(init.headers as Record<string, string>) },
    });
    if (!response.ok) throw new RefusedRequest(response.status, await response.text());
    return response;
  }
}
