import { type RunState, evolve, isClientCall, unborn } from '@lumina/agent';
import {
  type EndingFact,
  type Fact,
  type FactOf,
  type SequencedEvent,
  type Usage,
  isEnding,
} from '@lumina/contracts';
import {
  type OutputItem,
  type PlacedCall,
  type ServerCallItem,
  answeredItem,
  functionCallItem,
  messageItem,
  serverCallItem,
  textPart,
} from './output-items';
import { type ResponseOrigin, type ResponseStanding, type ResponseView, responseView } from './response-view';

/** An event of a response's stream, without its `sequence_number`. */
export interface ResponseEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

interface OpenMessage {
  readonly messageId: string;
  readonly place: number;
  text: string;
}

/**
 * A run's events as those of the Responses API. Invariants:
 *
 * O1 The same events of a run give the same events in the same order at any gateway, so that their number is a cursor.
 * O2 Only events that OpenAI's own API has; official clients throw on others.
 * O3 An item keeps its place once it was shown. Words that a crash withdrew leave an item without content behind, and so does an answer
 *    that broke the agent's rules.
 * O4 Each item that was added is done before the response is.
 */
export class ResponseProjection {
  private readonly output: OutputItem[] = [];
  private readonly calls = new Map<string, number>();
  private readonly used = { inputTokens: 0, outputTokens: 0 };
  private open: OpenMessage | undefined;
  private accepted: FactOf<'run.accepted'> | undefined;
  private last: FactOf<'model.answered'> | undefined;
  private ending: EndingFact | undefined;
  state: RunState;

  constructor(private readonly run: string) {
    this.state = unborn(run);
  }

  get hasEnded(): boolean {
    return this.ending !== undefined;
  }

  get usage(): Usage {
    return { ...this.used };
  }

  /** As it stands after all events so far; before the first, what is known of its request says what it is. */
  view(origin: ResponseOrigin): ResponseView {
    return responseView(this.accepted ?? origin, this.standing());
  }

  events({ event }: SequencedEvent): readonly ResponseEvent[] {
    switch (event.type) {
      case 'delta':
        return this.said(event.messageId, event.text);
      case 'discarded':
        return this.open?.messageId === event.messageId ? this.withdraw() : [];
      case 'output':
        return [];
      case 'fact':
        if (event.fact.run !== this.run) return [];
        this.state = evolve(this.state, event.fact);
        return this.happened(event.fact);
    }
  }

  private happened(fact: Fact): readonly ResponseEvent[] {
    if (isEnding(fact)) return this.end(fact);
    switch (fact.type) {
      case 'run.accepted':
        this.accepted = fact;
        return [this.lifecycle('response.created'), this.lifecycle('response.in_progress')];
      case 'model.answered':
        return this.answered(fact);
      case 'model.cut':
        return fact.message.content === '' ? this.withdraw() : this.complete(fact.message, 'incomplete');
      case 'answer.rejected':
        return this.rejected(fact);
      case 'tool.answered':
        return this.toolAnswered(fact);
      default:
        return [];
    }
  }

  private answered(fact: FactOf<'model.answered'>): readonly ResponseEvent[] {
    const { message, usage, finishReason } = fact;
    this.last = fact;
    this.used.inputTokens += usage.inputTokens;
    this.used.outputTokens += usage.outputTokens;
    const isWhole = finishReason === 'stop' || finishReason === 'tool_calls';
    const words =
      message.content === '' ? this.withdraw() : this.complete(message, isWhole ? 'completed' : 'incomplete');
    const calls = message.toolCalls.flatMap((call, index) => {
      const placed = { call, messageId: message.id, index };
      if (!isClientCall(this.state, call)) return this.serverCall(placed);
      // One whose arguments are no object is answered to the model, and is not for the client to run.
      return call.args === null ? [] : this.functionCall(placed);
    });
    return [...words, ...calls];
  }

  private said(messageId: string, delta: string): readonly ResponseEvent[] {
    const begun = this.open?.messageId === messageId ? [] : this.begin(messageId);
    if (this.open === undefined || delta === '') return begun;
    this.open.text += delta;
    const { place } = this.open;
    return [...begun, { type: 'response.output_text.delta', ...this.textPlace(place), delta, logprobs: [] }];
  }

  private begin(messageId: string): readonly ResponseEvent[] {
    const withdrawn = this.withdraw();
    const item = messageItem(messageId, 'in_progress', undefined);
    const place = this.output.push(item) - 1;
    this.open = { messageId, place, text: '' };
    return [
      ...withdrawn,
      { type: 'response.output_item.added', output_index: place, item },
      { type: 'response.content_part.added', ...this.textPlace(place), part: textPart('') },
    ];
  }

  /** The whole message is there: what was not streamed of it comes now. */
  private complete(
    { id, content }: { readonly id: string; readonly content: string },
    status: 'completed' | 'incomplete',
  ): readonly ResponseEvent[] {
    const shown = this.open?.messageId === id ? this.open.text : '';
    const rest = content.startsWith(shown) ? this.said(id, content.slice(shown.length)) : [];
    const { open } = this;
    if (open === undefined) return rest;
    this.open = undefined;
    const item = messageItem(id, status, content);
    const place = this.textPlace(open.place);
    return [
      ...rest,
      { type: 'response.output_text.done', ...place, text: content, logprobs: [] },
      { type: 'response.content_part.done', ...place, part: textPart(content) },
      this.done(open.place, item),
    ];
  }

  private withdraw(): readonly ResponseEvent[] {
    const { open } = this;
    if (open === undefined) return [];
    this.open = undefined;
    return [this.done(open.place, messageItem(open.messageId, 'incomplete', undefined))];
  }

  /** Its item is done, and no event says otherwise; what the response holds in the end is without it. */
  private rejected({ messageId }: FactOf<'answer.rejected'>): readonly ResponseEvent[] {
    const item = messageItem(messageId, 'incomplete', undefined);
    const place = this.output.findIndex(({ id }) => id === item.id);
    if (place !== -1) this.output[place] = item;
    return [];
  }

  private functionCall(placed: PlacedCall): readonly ResponseEvent[] {
    const item = functionCallItem(placed);
    const place = this.output.push(item) - 1;
    const about = { item_id: item.id, output_index: place };
    const added = { ...item, arguments: '', status: 'in_progress' };
    return [
      { type: 'response.output_item.added', output_index: place, item: added },
      { type: 'response.function_call_arguments.delta', ...about, delta: item.arguments },
      {
        ...{ type: 'response.function_call_arguments.done', ...about },
        ...{ name: item.name, arguments: item.arguments },
      },
      this.done(place, item),
    ];
  }

  private serverCall(placed: PlacedCall): readonly ResponseEvent[] {
    const item = serverCallItem(placed);
    const place = this.output.push(item) - 1;
    this.calls.set(placed.call.id, place);
    const about = { item_id: item.id, output_index: place };
    return [
      { type: 'response.output_item.added', output_index: place, item: { ...item, arguments: '' } },
      { type: 'response.mcp_call.in_progress', ...about },
      { type: 'response.mcp_call_arguments.delta', ...about, delta: item.arguments },
      { type: 'response.mcp_call_arguments.done', ...about, arguments: item.arguments },
    ];
  }

  private toolAnswered({ message }: FactOf<'tool.answered'>): readonly ResponseEvent[] {
    const place = this.calls.get(message.toolCallId);
    const item = place === undefined ? undefined : this.output[place];
    if (place === undefined || item?.type !== 'mcp_call' || item.status !== 'in_progress') return [];
    return this.closeCall(place, answeredItem(item, message));
  }

  private closeCall(place: number, item: ServerCallItem): readonly ResponseEvent[] {
    const type = item.status === 'completed' ? 'response.mcp_call.completed' : 'response.mcp_call.failed';
    return [{ type, item_id: item.id, output_index: place }, this.done(place, item)];
  }

  private end(fact: EndingFact): readonly ResponseEvent[] {
    const words = this.withdraw();
    const calls = this.output.flatMap((item, place) =>
      item.type === 'mcp_call' && item.status === 'in_progress'
        ? this.closeCall(place, { ...item, status: 'incomplete' })
        : [],
    );
    this.ending = fact;
    const { status } = this.standing();
    // There is no event for a cancelled response: it ends as one that is incomplete, and its status says the rest.
    return [...words, ...calls, this.lifecycle(`response.${status === 'cancelled' ? 'incomplete' : status}`)];
  }

  private done(place: number, item: OutputItem): ResponseEvent {
    this.output[place] = item;
    return { type: 'response.output_item.done', output_index: place, item };
  }

  private textPlace(place: number) {
    return { item_id: this.output[place]?.id ?? '', output_index: place, content_index: 0 };
  }

  private lifecycle(type: string): ResponseEvent {
    return { type, response: this.accepted === undefined ? undefined : this.view(this.accepted) };
  }

  private standing(): ResponseStanding {
    const { ending } = this;
    const output = [...this.output];
    const standing = { output, failure: undefined, endedAtMs: ending?.at, incompleteBecause: undefined };
    const usage = this.last === undefined ? undefined : this.usage;
    switch (ending?.type) {
      case undefined:
        return {
          ...standing,
          status: this.accepted === undefined ? 'queued' : 'in_progress',
          usage: undefined,
        };
      case 'run.succeeded': {
        const reason = incompleteReasons[this.last?.finishReason ?? 'stop'];
        const status = reason === undefined ? 'completed' : 'incomplete';
        return { ...standing, usage, status, incompleteBecause: reason };
      }
      case 'run.cancelled':
        return { ...standing, usage, status: 'cancelled' };
      case 'run.failed':
      case 'run.expired':
        return { ...standing, usage, status: 'failed', failure: ending.failure };
    }
  }
}

const incompleteReasons = {
  stop: undefined,
  tool_calls: undefined,
  length: 'max_output_tokens',
  content_filter: 'content_filter',
} as const;
