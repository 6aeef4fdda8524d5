import {
  type AnswerDetails,
  type LangGraphMessage,
  assistantMessage,
  closingChunk,
  cutChunk,
  removedMessage,
  textChunk,
} from './message-format';
import type { AssistantMessage } from '@lumina/contracts';
import type { Frame, ProjectedRun, StreamMode } from './stream-modes';

/** Where in the agent's loop a message comes from. */
export interface MessageSource {
  readonly node: 'agent' | 'tools';
  readonly step: number;
}

/**
 * Messages while they are said, in both of the ways in which LangGraph shows them: `messages-tuple` gives pieces, each with what it
 * belongs to; `messages` gives each message again and again as it grows, then complete.
 */
export class MessageFrames {
  private readonly streamed = new Map<string, string>();

  constructor(
    private readonly run: ProjectedRun,
    private readonly modes: ReadonlySet<StreamMode>,
  ) {}

  words(id: string, text: string, step: number): readonly Frame[] {
    const before = this.streamed.get(id);
    const grown = (before ?? '') + text;
    // What has grown is only kept where it is shown.
    this.streamed.set(id, this.modes.has('messages') ? grown : '');
    const source = { node: 'agent', step } as const;
    const pieces = this.tuple(textChunk(id, text), source);
    if (!this.modes.has('messages')) return pieces;
    const about = before === undefined ? [this.about(id, source)] : [];
    return [...about, { event: 'messages/partial', data: [textChunk(id, grown)] }, ...pieces];
  }

  /** Words that were shown count no more. */
  discarded(id: string, step: number): readonly Frame[] {
    return this.streamed.delete(id) ? this.withdrawn(id, step) : [];
  }

  /** A message counts no more. */
  withdrawn(id: string, step: number): readonly Frame[] {
    const removed = removedMessage(id);
    return [...this.complete(removed), ...this.tuple(removed, { node: 'agent', step })];
  }

  answer(message: AssistantMessage, details: AnswerDetails, step: number): readonly Frame[] {
    const isStreamed = this.streamed.delete(message.id);
    const whole = assistantMessage(message, details);
    return this.said(whole, isStreamed ? closingChunk(message, details) : whole, {
      source: { node: 'agent', step },
      isStreamed,
    });
  }

  cut(message: AssistantMessage, shown: LangGraphMessage, step: number): readonly Frame[] {
    const isStreamed = this.streamed.delete(message.id);
    return this.said(shown, isStreamed ? cutChunk(message.id) : shown, {
      source: { node: 'agent', step },
      isStreamed,
    });
  }

  /** A message that is there at once. */
  whole(message: LangGraphMessage, source: MessageSource): readonly Frame[] {
    return this.said(message, message, { source, isStreamed: false });
  }

  /** What was said to the agent: no node says it, so only `messages` shows it. */
  input(message: LangGraphMessage): readonly Frame[] {
    return this.complete(message);
  }

  private said(
    message: LangGraphMessage,
    piece: LangGraphMessage,
    { source, isStreamed }: { source: MessageSource; isStreamed: boolean },
  ): readonly Frame[] {
    const about =
      this.modes.has('messages') && !isStreamed ? [this.about(String(message['id']), source)] : [];
    return [...about, ...this.tuple(piece, source), ...this.complete(message)];
  }

  private complete(message: LangGraphMessage): readonly Frame[] {
    return this.modes.has('messages') ? [{ event: 'messages/complete', data: [message] }] : [];
  }

  private about(id: string, source: MessageSource): Frame {
    return { event: 'messages/metadata', data: { [id]: { metadata: this.metadata(source) } } };
  }

  private tuple(message: LangGraphMessage, source: MessageSource): readonly Frame[] {
    if (!this.modes.has('messages-tuple')) return [];
    return [{ event: 'messages', data: [message, this.metadata(source)] }];
  }

  private metadata({ node, step }: MessageSource) {
    const { run, thread, assistantId, agent } = this.run;
    return {
      run_id: run,
      thread_id: thread,
      assistant_id: assistantId,
      graph_id: agent,
      langgraph_node: node,
      langgraph_step: step,
    };
  }
}
