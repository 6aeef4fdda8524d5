import { messagesOf } from '@lumina/agent';
import type { Fact, Message, SequencedEvent } from '@lumina/contracts';
import {
  type LangGraphMessage,
  assistantMessage,
  closingChunk,
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
  /** The thread's messages before the run. */
  readonly history: readonly Message[];
}

/**
 * A run's events as frames of the LangGraph API. The same events give the same frames in the same order at any gateway,
 * so that `<seq>-<frame>` is a cursor.
 */
export class Projection {
  private readonly messages: LangGraphMessage[];
  private readonly streamed = new Set<string>();
  private step = 0;

  constructor(
    private readonly run: ProjectedRun,
    private readonly modes: ReadonlySet<StreamMode>,
  ) {
    this.messages = run.history.map(langGraphMessage);
  }

  /** The thread's values after all events so far. */
  values(): { readonly messages: readonly LangGraphMessage[] } {
    return { messages: [...this.messages] };
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
      case 'fact':
        return this.framesOf(event.fact);
    }
  }

  private framesOf(fact: Fact): readonly Frame[] {
    switch (fact.type) {
      case 'run.accepted':
        this.messages.push(...messagesOf(fact).map(langGraphMessage));
        return [{ event: 'metadata', data: { run_id: fact.run, attempt: 1 } }, ...this.valuesFrame()];
      case 'model.answered': {
        this.step += 1;
        const message = assistantMessage(fact.message, fact);
        const isStreamed = this.streamed.delete(fact.message.id);
        const tuple = this.tuple(isStreamed ? closingChunk(fact.message, fact) : message, 'agent');
        return this.changed('agent', message, tuple);
      }
      case 'tool.answered': {
        const message = langGraphMessage(fact.message);
        return this.changed('tools', message, this.tuple(message, 'tools'));
      }
      case 'run.succeeded':
        return [{ event: 'end', data: null }];
      case 'run.failed': {
        const { code, message } = fact.failure;
        return [
          { event: 'error', data: { error: code, message } },
          { event: 'end', data: null },
        ];
      }
    }
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
      langgraph_step: this.step,
    };
    return [{ event: 'messages', data: [message, metadata] }];
  }
}
