import type { Fact, RunEvent } from '@lumina/contracts';
import type { Lease, RunStore } from '@lumina/store';

/** For tests: plays the workers of one run, a move at a time. */
export class ScriptedWorker {
  private renewals = 0;
  private lease: Lease | undefined;

  constructor(
    private readonly store: RunStore,
    readonly run: string,
    private step = 1,
  ) {}

  private async held(): Promise<Lease> {
    if (this.lease !== undefined) return this.lease;
    const outcome = await this.store.claim({ run: this.run, item: `step:${this.step}` }, 'scripted', 30_000);
    if (outcome.kind !== 'claimed') throw new Error(`step ${this.step} is ${outcome.kind}`);
    this.renewals = 0;
    this.lease = outcome.claimed.lease;
    return this.lease;
  }

  private get messageId(): string {
    return `m-${this.run}-${this.step}`;
  }

  /** Streams words of the present step's message. */
  async say(...texts: readonly string[]): Promise<void> {
    const lease = await this.held();
    const events = texts.map((text): RunEvent => ({ type: 'delta', messageId: this.messageId, text }));
    const number = ++this.renewals;
    await this.store.renew(lease, { leaseMs: 30_000, number, partialMessageId: this.messageId, events });
  }

  private answered(content: string, calls: readonly string[]): Fact {
    return {
      ...{
        run: this.run,
        at: Date.now(),
        type: 'model.answered',
        step: this.step,
        model: 'simulated/simulated',
      },
      message: {
        ...{ role: 'assistant', id: this.messageId, content },
        toolCalls: calls.map((id) => ({ id, name: 'read_file', args: { path: `${id}.txt` } })),
      },
      usage: { inputTokens: 5, outputTokens: 3 },
      ...{ costUsd: 0, finishReason: calls.length > 0 ? 'tool_calls' : 'stop', attempt: 1 },
      ...{ durationMs: 1, timeToFirstTokenMs: 1 },
    };
  }

  /** Answers with tool calls whose results are in at once. */
  async useTools(...calls: readonly string[]): Promise<void> {
    const lease = await this.held();
    const results = calls.map((id): Fact => ({
      ...{ run: this.run, at: Date.now(), type: 'tool.answered', durationMs: 1, attempt: 1, isCached: false },
      message: {
        ...{ role: 'tool', id: `t-${this.run}-${id}`, toolCallId: id, name: 'read_file' },
        ...{ content: `content of ${id}`, isError: false },
      },
    }));
    const facts = [this.answered('', calls), ...results];
    const nextItem = `step:${this.step + 1}`;
    await this.store.commit(lease, { facts, status: 'running', open: [], nextItem });
    this.lease = undefined;
    this.step += 1;
  }

  async succeed(content: string): Promise<void> {
    const end: Fact = { run: this.run, at: Date.now(), type: 'run.succeeded' };
    await this.store.commit(await this.held(), {
      ...{ facts: [this.answered(content, []), end], status: 'succeeded', open: [] },
    });
  }

  async fail(code: string, message: string): Promise<void> {
    const end: Fact = { run: this.run, at: Date.now(), type: 'run.failed', failure: { code, message } };
    await this.store.commit(await this.held(), { facts: [end], status: 'failed', open: [] });
  }
}
