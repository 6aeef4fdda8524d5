import { type RunState, evolve, isClientCall, unborn } from '@lumina/agent';
import {
  type EndingFact,
  type Fact,
  type FactOf,
  LuminaError,
  type SequencedEvent,
  isEnding,
} from '@lumina/contracts';
import { argumentWords } from './content';

/** What a stream shows next: a piece of the message, as a chunk's `delta` has it. */
export type ChatDelta = Readonly<Record<string, unknown>>;

export type ChatFinish = 'stop' | 'length' | 'tool_calls' | 'content_filter';

/** Between the words of one answer of the model and those of the next. */
const gap = '\n\n';

/**
 * A run's events as one chat message. Tools of the agent do not show: what the model says before and between their calls, and the
 * answer at the end, are the message's content. Invariants:
 *
 * C1 What was streamed, joined, is the content of the message that is not streamed.
 * C2 A word that was streamed cannot be taken back. When a crash withdraws words, nothing is shown until the new ones go beyond
 *    them; where they differ, the stream fails. A client that waits for the message was shown nothing.
 */
export class ChatProjection {
  private readonly toolCalls: object[] = [];
  private readonly used = { inputTokens: 0, outputTokens: 0 };
  /** Words of answers that are whole; and without the last answer. */
  private settled = '';
  private settledBefore = '';
  /** Words of the answer that is under way, and what was shown of it, which may be words of an earlier attempt. */
  private current = '';
  private shown = '';
  private messageId = '';
  private last: FactOf<'model.answered'> | undefined;
  ending: EndingFact | undefined;
  state: RunState;

  constructor(
    private readonly run: string,
    private readonly isStreamed: boolean,
  ) {
    this.state = unborn(run);
  }

  /** @throws LuminaError LUM_ANSWER_RESTARTED where words that were shown were withdrawn for others */
  deltas({ event }: SequencedEvent): readonly ChatDelta[] {
    switch (event.type) {
      case 'delta':
        return this.said(event.messageId, event.text);
      case 'discarded':
        this.current = '';
        this.messageId = '';
        if (!this.isStreamed) this.shown = '';
        return [];
      case 'output':
        return [];
      case 'fact':
        if (event.fact.run !== this.run) return [];
        this.state = evolve(this.state, event.fact);
        return this.happened(event.fact);
    }
  }

  private happened(fact: Fact): readonly ChatDelta[] {
    if (isEnding(fact)) {
      this.ending = fact;
      return [];
    }
    if (fact.type === 'answer.rejected') return this.rejected();
    if (fact.type !== 'model.answered') return [];
    this.last = fact;
    this.used.inputTokens += fact.usage.inputTokens;
    this.used.outputTokens += fact.usage.outputTokens;
    const { id, content, toolCalls } = fact.message;
    const said = this.messageId === id ? this.current : '';
    const words = this.said(id, content.slice(said.length));
    this.settle();
    const calls = toolCalls.flatMap((call) =>
      isClientCall(this.state, call) && call.args !== null ? [call] : [],
    );
    return [
      ...words,
      ...calls.map((call) => this.called({ id: call.id, name: call.name, words: argumentWords(call) })),
    ];
  }

  private said(messageId: string, text: string): readonly ChatDelta[] {
    if (messageId !== this.messageId) {
      this.messageId = messageId;
      this.current = '';
    }
    this.current += text;
    const visible = this.settled === '' || this.current === '' ? this.current : gap + this.current;
    if (this.shown.startsWith(visible)) return [];
    if (!visible.startsWith(this.shown)) throw restarted(this.run);
    const content = visible.slice(this.shown.length);
    this.shown = visible;
    return [{ content }];
  }

  /** The last answer broke the agent's rules, and another one follows. */
  private rejected(): readonly ChatDelta[] {
    if (this.isStreamed && this.settled !== this.settledBefore) throw restarted(this.run);
    this.settled = this.settledBefore;
    return [];
  }

  private settle(): void {
    const visible = this.settled === '' || this.current === '' ? this.current : gap + this.current;
    if (visible !== this.shown) throw restarted(this.run);
    this.settledBefore = this.settled;
    this.settled += visible;
    this.shown = '';
    this.current = '';
    this.messageId = '';
  }

  private called({ id, name, words }: { id: string; name: string; words: string }): ChatDelta {
    const call = { id, type: 'function', function: { name, arguments: words } };
    const index = this.toolCalls.push(call) - 1;
    return { tool_calls: [{ index, ...call }] };
  }

  get message(): object {
    const hasCalls = this.toolCalls.length > 0;
    const content = hasCalls && this.settled === '' ? null : this.settled;
    return {
      ...{ role: 'assistant', content, refusal: null },
      ...(hasCalls ? { tool_calls: [...this.toolCalls] } : {}),
    };
  }

  get finishReason(): ChatFinish {
    if (this.toolCalls.length > 0) return 'tool_calls';
    const reason = this.last?.finishReason ?? 'stop';
    return reason === 'tool_calls' ? 'stop' : reason;
  }

  get usage(): object {
    const { inputTokens, outputTokens } = this.used;
    return {
      prompt_tokens: inputTokens,
      completion_tokens: outputTokens,
      total_tokens: inputTokens + outputTokens,
      prompt_tokens_details: { cached_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0 },
    };
  }
}

const restarted = (run: string): LuminaError =>
  new LuminaError(
    'LUM_ANSWER_RESTARTED',
    `The model's answer was begun anew in other words than those that were streamed. Run ${run} goes on.`,
  );
