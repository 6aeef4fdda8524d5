import { randomUUID } from 'node:crypto';
import { pause } from '@lumina/testbed';
import {
  type Acknowledged,
  type Frame,
  type GatewayClient,
  RefusedRequest,
  type ToldMessage,
} from './gateway-client';

export interface Work {
  readonly task: string;
  /** A step of it takes longer than a lease, so that its client is not told of any fact meanwhile. */
  readonly isLong: boolean;
}

/** What one client knows of its run, from what it was told alone. */
export interface ClientView {
  readonly work: Work;
  readonly acknowledged: Acknowledged | undefined;
  /** With what a gateway refused the creation for good. */
  readonly refusal: string | undefined;
  readonly told: readonly ToldMessage[];
  /** When it heard each fact, the end among them. */
  readonly heardMs: readonly number[];
  readonly hasHeardEnd: boolean;
  /** How often its stream broke, and how often its cursor was of no use any more. */
  readonly breaks: number;
  readonly cursorResets: number;
}

const retryMs = 250;
const givenUpAfterMs = 90_000;

/** One client: creates a run, with the same key until it is acknowledged, and follows it to its end. */
export class RunClient implements ClientView {
  acknowledged: Acknowledged | undefined;
  refusal: string | undefined;
  told: ToldMessage[] = [];
  hasHeardEnd = false;
  readonly heardMs: number[] = [];
  breaks = 0;
  cursorResets = 0;
  readonly thread = randomUUID();
  private cursor: string | undefined;

  constructor(
    private readonly gateways: GatewayClient,
    readonly work: Work,
    /** Fires when nobody waits for the run any longer. */
    private readonly signal: AbortSignal,
  ) {}

  async live(): Promise<void> {
    await this.create();
    if (this.acknowledged !== undefined) await this.follow(this.acknowledged);
  }

  private async create(): Promise<void> {
    const key = randomUUID();
    const askedMs = Date.now();
    const deadline = askedMs + givenUpAfterMs;
    for (let attempts = 1; Date.now() < deadline && !this.signal.aborted; attempts += 1) {
      const sentMs = Date.now();
      try {
        const run = await this.gateways.create(key, this.thread, this.work.task);
        this.acknowledged = { run, thread: this.thread, askedMs, sentMs, ackedMs: Date.now(), attempts };
        return;
      } catch (error) {
        if (error instanceof RefusedRequest && error.isFinal) {
          this.refusal = error.message;
          return;
        }
        await pause(retryMs, this.signal);
      }
    }
  }

  private async follow(run: Acknowledged): Promise<void> {
    while (!this.signal.aborted) {
      try {
        for await (const frame of this.gateways.frames(run, this.cursor, this.signal)) {
          if (this.hear(frame)) return;
        }
      } catch (error) {
        if (isForgotten(error)) this.reset();
      }
      this.breaks += 1;
      await pause(retryMs, this.signal);
    }
  }

  /** True when this was the last of it. */
  private hear({ event, id, data }: Frame): boolean {
    if (event === 'error' && (data as { error?: unknown }).error === 'LUM_CURSOR_EXPIRED') this.reset();
    if (id !== undefined && id !== '') this.cursor = id;
    if (event === 'updates' || event === 'end') this.heardMs.push(Date.now());
    if (event === 'updates') {
      for (const part of Object.values(data as Record<string, { messages?: ToldMessage[] }>))
        this.told.push(...(part.messages ?? []));
    }
    if (event === 'end') this.hasHeardEnd = true;
    return event === 'end';
  }

  private reset(): void {
    this.cursorResets += 1;
    this.cursor = undefined;
    this.told = [];
  }
}

const isForgotten = (error: unknown): boolean => error instanceof RefusedRequest && error.status === 410;
