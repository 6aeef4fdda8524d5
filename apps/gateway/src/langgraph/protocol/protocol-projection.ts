import { type RunState, evolve, messagesOf, unborn } from '@lumina/agent';
import {
  type AssistantMessage,
  type Fact,
  type FactOf,
  type Message,
  type SequencedEvent,
  type ToolCall,
  isEnding,
} from '@lumina/contracts';
import { v5 as uuidV5 } from 'uuid';
import { checkpointId } from '../checkpoint';
import { type Interrupt, interruptsOf } from '../interrupt';
import { type LangGraphMessage, assistantMessage, langGraphMessage } from '../message-format';
import type { ProjectedRun } from '../stream-modes';
import type { Channel, Namespace } from './event-filter';

export interface ProtocolEvent {
  readonly channel: Channel;
  readonly namespace: Namespace;
  readonly method: string;
  readonly atMs: number;
  readonly data: unknown;
}

export interface NumberedEvent extends ProtocolEvent {
  /** Rises through all runs of a thread. */
  readonly seq: number;
}

/**
 * A thread's events need one sequence through all of its runs, the same at every gateway. A fact has its position in the thread's journal;
 * what is shown between two facts counts from the first of them.
 */
const eventsPerPosition = 2 ** 20;

/** The last sequence that belongs to a position of the journal or what follows it. */
export const lastSeqAt = (position: number): number => (position + 1) * eventsPerPosition - 1;
/** The position that a sequence belongs to. */
export const positionOfSeq = (seq: number): number => Math.floor(seq / eventsPerPosition);

/** A run's events as events of LangGraph's thread protocol. The same events give the same sequence at any gateway. */
export class ProtocolProjection {
  state: RunState;
  private readonly messages: LangGraphMessage[] = [];
  private speaking: string | undefined;
  private position = 0;
  private count = 0;
  private atMs = 0;

  constructor(private readonly run: ProjectedRun) {
    this.state = unborn(run.run);
  }

  /** The thread's messages before the run. */
  begin(history: readonly Message[]): void {
    this.messages.push(...history.map(langGraphMessage));
  }

  take({ event }: SequencedEvent): readonly NumberedEvent[] {
    switch (event.type) {
      case 'delta':
        return this.numbered(this.words(event.messageId, event.text));
      case 'discarded':
        this.speaking = undefined;
        return [];
      case 'output':
        return [];
      case 'fact': {
        const before = interruptsOf(this.state);
        this.state = evolve(this.state, event.fact);
        this.position = event.position;
        this.count = 0;
        this.atMs = event.fact.at;
        const events = this.eventsOf(event.fact);
        return this.numbered([...events, ...this.changeOfRest(before, interruptsOf(this.state))]);
      }
    }
  }

  /** What the family waits for: it has no place in the run's own sequence, so it comes right behind what was there. */
  resting(interrupts: readonly Interrupt[]): readonly NumberedEvent[] {
    return this.numbered(this.asked(interrupts));
  }

  private numbered(events: readonly ProtocolEvent[]): readonly NumberedEvent[] {
    return events.map((event) => ({ ...event, seq: this.position * eventsPerPosition + this.count++ }));
  }

  private eventsOf(fact: Fact): readonly ProtocolEvent[] {
    if (isEnding(fact)) return [this.lifecycle([], endOf(fact))];
    switch (fact.type) {
      case 'run.accepted':
        this.messages.push(...messagesOf(fact).map(langGraphMessage));
        return [
          this.lifecycle([], { event: 'running', graph_name: this.run.agent }),
          this.values(),
          this.checkpoint('input'),
        ];
      case 'model.answered':
        return this.answered(fact);
      case 'model.cut':
        return fact.message.content === '' ? [] : this.said(fact.message, fact.step, undefined);
      case 'tool.answered':
        return this.toolAnswered(fact);
      case 'answer.rejected': {
        const place = this.messages.findLastIndex(({ id }) => id === fact.messageId);
        if (place >= 0) this.messages.splice(place, 1);
        return [this.values()];
      }
      case 'model.unavailable':
      case 'approval.asked':
      case 'approval.given':
      case 'budget.asked':
      case 'budget.granted':
      case 'budget.freed':
      case 'budget.refused':
      case 'cancel.requested':
      case 'thread.updated':
        return [];
    }
  }

  private answered({ message, step, usage }: FactOf<'model.answered'>): readonly ProtocolEvent[] {
    const { inputTokens: input, outputTokens: output } = usage;
    const counted = { input_tokens: input, output_tokens: output, total_tokens: input + output };
    return [...this.said(message, step, counted), ...message.toolCalls.map((call) => this.toolStarted(call))];
  }

  private said(message: AssistantMessage, step: number, usage: object | undefined): readonly ProtocolEvent[] {
    const isStreamed = this.speaking === message.id;
    this.speaking = undefined;
    const place = this.place('agent', String(step));
    const shown = assistantMessage(message);
    const started = isStreamed ? [] : this.messageStart(message.id, place);
    const text =
      message.content === '' && !isStreamed ? [] : this.textEnd(message.content, isStreamed, place);
    const calls = message.toolCalls.flatMap((call, index) => this.callBlock(call, index + 1, place));
    const end = this.event('messages', place, {
      event: 'message-finish',
      ...(usage === undefined ? {} : { usage }),
    });
    const finished = this.lifecycle(place, { event: 'completed', graph_name: 'agent' });
    return [...started, ...text, ...calls, end, finished, ...this.changed('agent', shown)];
  }

  private words(id: string, text: string): readonly ProtocolEvent[] {
    const { phase } = this.state;
    const place = this.place('agent', String(phase.name === 'thinking' ? phase.step : 0));
    const opening =
      this.speaking === id
        ? []
        : [
            ...this.messageStart(id, place),
            this.event('messages', place, {
              ...{ event: 'content-block-start', index: 0, content: { type: 'text', text: '' } },
            }),
          ];
    this.speaking = id;
    const delta = { event: 'content-block-delta', index: 0, delta: { type: 'text-delta', text } };
    return [...opening, this.event('messages', place, delta)];
  }

  private messageStart(id: string, place: Namespace): readonly ProtocolEvent[] {
    const { run } = this.run;
    const start = { event: 'message-start', role: 'ai', id, run_id: run, metadata: { run_id: run } };
    return [
      this.lifecycle(place, { event: 'started', graph_name: 'agent' }),
      this.event('messages', place, start),
    ];
  }

  private textEnd(text: string, isStreamed: boolean, place: Namespace): readonly ProtocolEvent[] {
    const content = { type: 'text', text };
    const start = { event: 'content-block-start', index: 0, content };
    return [
      ...(isStreamed ? [] : [this.event('messages', place, start)]),
      this.event('messages', place, { event: 'content-block-finish', index: 0, content }),
    ];
  }

  private callBlock(
    { id, name, args, malformed }: ToolCall,
    index: number,
    place: Namespace,
  ): readonly ProtocolEvent[] {
    const chunk = { type: 'tool_call_chunk', id, name, args: malformed ?? JSON.stringify(args ?? {}) };
    const content =
      args === null
        ? { type: 'invalid_tool_call', id, name, args: malformed ?? '', error: 'no JSON object' }
        : { type: 'tool_call', id, name, args };
    return [
      this.event('messages', place, { event: 'content-block-start', index, content: chunk }),
      this.event('messages', place, { event: 'content-block-finish', index, content }),
    ];
  }

  private toolStarted({ id, name, args }: ToolCall): ProtocolEvent {
    const data = { event: 'tool-started', tool_call_id: id, tool_name: name, input: args ?? {} };
    return this.event('tools', this.place('tools', id), data);
  }

  private toolAnswered({ message }: FactOf<'tool.answered'>): readonly ProtocolEvent[] {
    const { toolCallId: id, content, isError } = message;
    const data = isError
      ? { event: 'tool-error', tool_call_id: id, message: content }
      : { event: 'tool-finished', tool_call_id: id, output: content };
    const shown = langGraphMessage(message);
    return [this.event('tools', this.place('tools', id), data), ...this.changed('tools', shown)];
  }

  private changed(node: string, message: LangGraphMessage): readonly ProtocolEvent[] {
    this.messages.push(message);
    const update = { node, values: { messages: [message] } };
    return [this.event('updates', [], update), this.values(), this.checkpoint('loop')];
  }

  private changeOfRest(before: readonly Interrupt[], now: readonly Interrupt[]): readonly ProtocolEvent[] {
    if (before.length === 0) return this.asked(now);
    const isOver = this.state.phase.name === 'ended';
    if (now.length > 0 || isOver) return [];
    const answered = { interrupt_ids: before.map(({ id }) => id) };
    return [
      { ...this.event('input', [], answered), method: 'input.answered' },
      this.lifecycle([], { event: 'running', graph_name: this.run.agent }),
    ];
  }

  private asked(interrupts: readonly Interrupt[]): readonly ProtocolEvent[] {
    if (interrupts.length === 0) return [];
    const requests = interrupts.map(({ id, value }) => ({
      ...this.event('input', [], { interrupt_id: id, payload: value }),
      method: 'input.requested',
    }));
    return [...requests, this.lifecycle([], { event: 'interrupted', graph_name: this.run.agent })];
  }

  private values(): ProtocolEvent {
    return this.event('values', [], { messages: [...this.messages] });
  }

  private checkpoint(source: 'input' | 'loop'): ProtocolEvent {
    const { position } = this;
    const parent = position > 1 ? { parent_id: checkpointId(position - 1) } : {};
    return this.event('checkpoints', [], { id: checkpointId(position), ...parent, step: position, source });
  }

  private lifecycle(namespace: Namespace, data: object): ProtocolEvent {
    return this.event('lifecycle', namespace, data);
  }

  private event(channel: Channel, namespace: Namespace, data: unknown): ProtocolEvent {
    return { channel, namespace, method: channel, atMs: this.atMs, data };
  }

  private place(node: string, name: string): Namespace {
    return [`${node}:${uuidV5(`${node}:${name}`, this.run.run)}`];
  }
}

function endOf(fact: Extract<Fact, { type: `run.${string}` }>): object {
  if (fact.type === 'run.succeeded') return { event: 'completed' };
  if (fact.type === 'run.failed' || fact.type === 'run.expired')
    return { event: 'failed', error: `${fact.failure.code}: ${fact.failure.message}` };
  return { event: 'interrupted' };
}
