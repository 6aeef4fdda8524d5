import { type RunState, evolve, unborn } from '@lumina/agent';
import { type Fact, type Message, type SequencedEvent, isEnding } from '@lumina/contracts';
import { type Interrupt, interruptsOf } from './interrupt';
import {
  type LangGraphMessage,
  assistantMessage,
  closingChunk,
  cutChunk,
  cutMessage,
  langGraphMessage,
  removedMessage,
  textChunk,
} from './message-format';

export const streamModes = ['values', 'updates', 'messages-tuple'] as const;
export type StreamMode = (typeof streamModes)[number];

export interface Frame {
  readonly event: string;
  readonly data: unknown;
}

export interface ProjectedRun {
  readonly run: string;
  readonly thread: string;
  readonly assistantId: string;
  readonly agent: string;
}

/**
 * A run's events as frames of the LangGraph API. The same events give the same frames in the same order at any gateway,
 * so that `<seq>-<frame>` is a cursor.
 */
export class Projection {
  private readonly messages: LangGraphMessage[] = [];
  private readonly streamed = new Set<string>();
  state: RunState;

  constructor(
    private readonly run: ProjectedRun,
    private readonly modes: ReadonlySet<StreamMode>,
  ) {
    this.state = unborn(run.run);
  }

  /** The thread's messages before the run. */
  begin(history: readonly Message[]): void {
    this.messages.push(...history.map(langGraphMessage));
  }

  /** The thread's values after all events so far. */
  values(interrupts = interruptsOf(this.state)): Readonly<Record<string, unknown>> {
    const messages = [...this.messages];
    return interrupts.length === 0 ? { messages } : { messages, __interrupt__: interrupts };
  }

  /** Whether the run rests until a person decides: for LangGraph clients its stream ends here. */
  get isInterrupted(): boolean {
    return interruptsOf(this.state).length > 0;
  }

  frames({ event }: SequencedEvent): readonly Frame[] {
    switch (event.type) {
      case 'delta':
        this.streamed.add(event.messageId);
        return this.tuple(textChunk(event.messageId, event.text), 'agent');
      case 'discarded':
        return this.streamed.delete(event.messageId)
          ? this.tuple(removedMessage(event.messageId), 'agent')
          : [];
      case 'fact': {
        const wasInterrupted = this.isInterrupted;
        this.state = evolve(this.state, event.fact);
        const frames = this.framesOf(event.fact);
        return this.isInterrupted && !wasInterrupted
          ? [...frames, ...this.interruptFrames(interruptsOf(this.state))]
          : frames;
      }
    }
  }

  private framesOf(fact: Fact): readonly Frame[] {
    if (isEnding(fact)) return endFrames(fact);
    switch (fact.type) {
      case 'run.accepted':
        this.messages.push(...fact.input.map(langGraphMessage));
        return [{ event: 'metadata', data: { run_id: fact.run, attempt: 1 } }, ...this.valuesFrame()];
      case 'model.answered': {
        const message = assistantMessage(fact.message, fact);
        const isStreamed = this.streamed.delete(fact.message.id);
        const tuple = this.tuple(isStreamed ? closingChunk(fact.message, fact) : message, 'agent');
        return this.changed('agent', message, tuple);
      }
      case 'model.cut': {
        if (fact.message.content === '') return [];
        const isStreamed = this.streamed.delete(fact.message.id);
        const message = cutMessage(fact.message);
        const tuple = this.tuple(isStreamed ? cutChunk(fact.message.id) : message, 'agent');
        return this.changed('agent', message, tuple);
      }
      case 'tool.answered': {
        const message = langGraphMessage(fact.message);
        return this.changed('tools', message, this.tuple(message, 'tools'));
      }
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

  interruptFrames(interrupts: readonly Interrupt[]): readonly Frame[] {
    const data = { __interrupt__: interrupts };
    const shown = (['updates', 'values'] as const).filter((mode) => this.modes.has(mode));
    return shown.map((event) => ({ event, data: event === 'values' ? this.values(interrupts) : data }));
  }

  private changed(node: string, message: LangGraphMessage, tuple: readonly Frame[]): readonly Frame[] {
    this.messages.push(message);
    const update: Frame = { event: 'updates', data: { [node]: { messages: [message] } } };
    return [...tuple, ...(this.modes.has('updates') ? [update] : []), ...this.valuesFrame()];
  }

  private valuesFrame(): readonly Frame[] {
    return this.modes.has('values') ? [{ event: 'values', data: this.values() }] : [];
  }

  private tuple(message: LangGraphMessage, node: string): readonly Frame[] {
    if (!this.modes.has('messages-tuple')) return [];
    const { run, thread, assistantId, agent } = this.run;
    const metadata = {
      run_id: run,
      thread_id: thread,
      assistant_id: assistantId,
      graph_id: agent,
      langgraph_node: node,
      langgraph_step: this.state.totals.steps,
    };
    return [{ event: 'messages', data: [message, metadata] }];
  }
}

function endFrames(fact: Extract<Fact, { type: `run.${string}` }>): readonly Frame[] {
  const end: Frame = { event: 'end', data: null };
  if (fact.type === 'run.failed' || fact.type === 'run.expired') {
    const { code, message } = fact.failure;
    return [{ event: 'error', data: { error: code, message } }, end];
  }
  if (fact.type !== 'run.cancelled') return [end];
  return [{ event: 'error', data: { error: 'LUM_RUN_CANCELLED', message: 'The run was cancelled.' } }, end];
}
