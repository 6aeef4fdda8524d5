import { type AssistantMessage, type FactOf, itemKey, stepOf } from '@lumina/contracts';
import type { ModelAnswer } from '@lumina/models';
import type { Lease, LeaseKeeper } from '@lumina/store';

/**
 * The message that a step streams. A restart gives it a new name: what was shown under the old one is discarded. What was
 * shown is kept until the message is whole, for a run that is cancelled keeps the words that were said.
 */
export class StreamedMessage {
  private restarts = 0;
  private shown = '';
  private brokenCount = 0;

  constructor(
    private readonly lease: Lease,
    private readonly keeper: Pick<LeaseKeeper, 'say' | 'discard'>,
  ) {}

  get id(): string {
    const { run, item, epoch } = this.lease;
    const name = `msg-${run}-${itemKey(item)}-${epoch}`;
    return this.restarts === 0 ? name : `${name}-${this.restarts}`;
  }

  /** How many answers broke off after words of them were shown. */
  get broken(): number {
    return this.brokenCount;
  }

  get hasBegun(): boolean {
    return this.shown !== '';
  }

  say(text: string): void {
    this.shown += text;
    this.keeper.say(this.id, text);
  }

  restart(): void {
    if (this.hasBegun) this.brokenCount += 1;
    this.withdraw();
    this.restarts += 1;
  }

  /** Takes back what was shown: it will never be whole, and the journal does not hold it. */
  withdraw(): void {
    if (this.shown !== '') this.keeper.discard(this.id);
    this.shown = '';
  }

  answered(answer: ModelAnswer, at: number): FactOf<'model.answered'> {
    const { run, item, epoch } = this.lease;
    const {
      model,
      usage,
      costUsd,
      finishReason,
      durationMs,
      timeToFirstTokenMs,
      requestId,
      isCached,
      parts,
    } = answer;
    return {
      run,
      at,
      type: 'model.answered',
      step: stepOf(item),
      message: { role: 'assistant', id: this.id, ...answer.message },
      ...{ model, usage, costUsd, finishReason, durationMs, timeToFirstTokenMs },
      attempt: epoch,
      ...(requestId === undefined ? {} : { requestId }),
      ...(isCached === undefined ? {} : { isCached }),
      ...(parts.length === 0 ? {} : { parts: [...parts] }),
    };
  }

  cut(at: number): FactOf<'model.cut'> {
    const message: AssistantMessage = { role: 'assistant', id: this.id, content: this.shown, toolCalls: [] };
    return { run: this.lease.run, at, type: 'model.cut', step: stepOf(this.lease.item), message };
  }
}
