import type { GatewayClient } from './gateway-client';
import { RunClient, type Work } from './run-client';

/** Clients that come at a steady rate, however long the earlier ones have to wait. */
export class OpenLoad {
  readonly clients: RunClient[] = [];
  private readonly lives: Promise<void>[] = [];
  private readonly leaving = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly gateways: GatewayClient,
    /** Taken in turns. */
    private readonly works: readonly Work[],
    private readonly perSecond: number,
  ) {}

  start(): void {
    const startMs = performance.now();
    this.timer = setInterval(() => {
      const due = Math.floor(((performance.now() - startMs) / 1_000) * this.perSecond);
      while (this.clients.length < due) this.add();
    }, 20);
  }

  /** Nobody comes any more. */
  stop(): void {
    clearInterval(this.timer);
  }

  /** Waits until every client has heard the end of its run, at most so long; then they leave. */
  async quiet(timeoutMs: number): Promise<void> {
    const timer = setTimeout(() => this.leaving.abort(), timeoutMs);
    await Promise.all(this.lives);
    clearTimeout(timer);
  }

  leave(): void {
    this.stop();
    this.leaving.abort();
  }

  private add(): void {
    const work = this.works[this.clients.length % this.works.length];
    if (work === undefined) return;
    const client = new RunClient(this.gateways, work, this.leaving.signal);
    this.clients.push(client);
    this.lives.push(client.live());
  }
}
