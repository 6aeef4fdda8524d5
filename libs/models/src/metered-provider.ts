import type { GenAiMeter } from '@lumina/platform';
import type { ModelRequest } from './model-client';
import type { AskOutcome, ListOutcome, ModelProvider } from './provider';
import { errorTypeOf } from './traced-provider';

/** A provider each of whose requests is counted for a collector, by the conventions for generative AI. */
export class MeteredProvider implements ModelProvider {
  readonly id: string;

  constructor(
    private readonly provider: ModelProvider,
    private readonly meter: GenAiMeter,
  ) {
    this.id = provider.id;
  }

  get hasKeys(): boolean {
    return this.provider.hasKeys;
  }

  async ask(
    model: string,
    request: ModelRequest,
    onText: (text: string) => void,
    signal: AbortSignal,
  ): Promise<AskOutcome> {
    const beganMs = performance.now();
    const outcome = await this.provider.ask(model, request, onText, signal);
    this.count(model, outcome, performance.now() - beganMs);
    return outcome;
  }

  list(timeoutMs: number): Promise<ListOutcome> {
    return this.provider.list(timeoutMs);
  }

  checkKeys(timeoutMs: number): Promise<readonly ListOutcome[]> {
    return this.provider.checkKeys(timeoutMs);
  }

  /** Tokens are told only where the provider counted them: the conventions want no guesses. */
  private count(model: string, outcome: AskOutcome, durationMs: number): void {
    const { id: provider } = this;
    if (outcome.kind !== 'replied') {
      return this.meter.count({ provider, model, durationMs, errorType: errorTypeOf(outcome) });
    }
    const { usage, isUsageEstimated, timeToFirstTokenMs: timeToFirstChunkMs } = outcome.reply;
    const counted = isUsageEstimated ? {} : { usage };
    this.meter.count({ provider, model, durationMs, timeToFirstChunkMs, ...counted });
  }
}
