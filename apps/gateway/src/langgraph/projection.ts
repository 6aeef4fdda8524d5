import { type RunState, evolve, messagesOf, unborn } from '@lumina/agent';
import {
  type Fact,
  type FactOf,
  type Message,
  type RunEvent,
  type SequencedEvent,
  isEnding,
} from '@lumina/contracts';
import { type Interrupt, interruptsOf } from './interrupt';
import { type LangGraphMessage, assistantMessage, cutMessage, langGraphMessage } from './message-format';
import { MessageFrames } from './message-frames';
import type { Frame, ProjectedRun, StreamMode } from './stream-modes';
import { type Moment, SuperstepFrames, type Task } from './superstep-frames';

/** A message, what the agent's loop did to get it, and how it is shown while it comes. */
interface Said {
  readonly message: LangGraphMessage;
  readonly task: Task;
  readonly shown: readonly Frame[];
}

/**
 * A run's events as frames of the LangGraph API. The same events give the same frames in the same order at any gateway,
 * so that `<seq>-<frame>` is a cursor.
 */
export class Projection {
  private readonly messages: LangGraphMessage[] = [];
  private readonly spoken: MessageFrames;
  private readonly supersteps: SuperstepFrames;
  state: RunState;

  constructor(
    run: ProjectedRun,
    private readonly modes: ReadonlySet<StreamMode>,
  ) {
    this.state = unborn(run.run);
    this.spoken = new MessageFrames(run, modes);
    this.supersteps = new SuperstepFrames(run, modes);
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
        return this.spoken.words(event.messageId, event.text, this.state.totals.steps);
      case 'discarded':
        return this.spoken.discarded(event.messageId, this.state.totals.steps);
      case 'output':
        return this.modes.has('custom') ? [printed(event)] : [];
      case 'fact': {
        const wasInterrupted = this.isInterrupted;
        this.state = evolve(this.state, event.fact);
        const frames = this.framesOf(event.fact, { position: event.position, atMs: event.fact.at });
        return this.isInterrupted && !wasInterrupted
          ? [...frames, ...this.interruptFrames(interruptsOf(this.state))]
          : frames;
      }
    }
  }

  private framesOf(fact: Fact, moment: Moment): readonly Frame[] {
    if (isEnding(fact)) return endFrames(fact);
    switch (fact.type) {
      case 'run.accepted':
        return this.begun(fact, moment);
      case 'model.answered': {
        const message = assistantMessage(fact.message, fact);
        const shown = this.spoken.answer(fact.message, fact, this.state.totals.steps);
        return this.changed({ message, shown, task: agentTask(fact.step) }, moment);
      }
      case 'model.cut': {
        if (fact.message.content === '') return [];
        const message = cutMessage(fact.message);
        const shown = this.spoken.cut(fact.message, message, this.state.totals.steps);
        return this.changed({ message, shown, task: agentTask(fact.step) }, moment);
      }
      case 'tool.answered': {
        const message = langGraphMessage(fact.message);
        const shown = this.spoken.whole(message, { node: 'tools', step: this.state.totals.steps });
        return this.changed({ message, shown, task: toolTask(fact.message.toolCallId) }, moment);
      }
      case 'answer.rejected': {
        const place = this.messages.findLastIndex(({ id }) => id === fact.messageId);
        if (place >= 0) this.messages.splice(place, 1);
        const withdrawn = this.spoken.withdrawn(fact.messageId, this.state.totals.steps);
        return [...withdrawn, ...this.valuesFrame()];
      }
      case 'approval.asked':
      case 'approval.given':
      case 'model.unavailable':
      case 'budget.asked':
      case 'budget.granted':
      case 'budget.freed':
      case 'budget.refused':
      case 'cancel.requested':
      case 'thread.updated':
        return [];
    }
  }

  /** LangGraph shows what it waits for alone: the values have not changed. */
  interruptFrames(interrupts: readonly Interrupt[]): readonly Frame[] {
    const shown = (['updates', 'values'] as const).filter((mode) => this.modes.has(mode));
    return shown.map((event) => ({ event, data: { __interrupt__: interrupts } }));
  }

  private begun(fact: FactOf<'run.accepted'>, moment: Moment): readonly Frame[] {
    const input = messagesOf(fact).map(langGraphMessage);
    this.messages.push(...input);
    return [
      { event: 'metadata', data: { run_id: fact.run, attempt: 1 } },
      ...this.valuesFrame(),
      ...input.flatMap((message) => this.spoken.input(message)),
      ...this.superstep('input', moment),
    ];
  }

  private changed({ message, task, shown }: Said, moment: Moment): readonly Frame[] {
    this.messages.push(message);
    const update: Frame = { event: 'updates', data: { [task.node]: { messages: [message] } } };
    return [
      ...shown,
      ...(this.modes.has('updates') ? [update] : []),
      ...this.supersteps.ended(task, message, moment),
      ...this.valuesFrame(),
      ...this.superstep('loop', moment),
    ];
  }

  /** What the loop has come to, and what it does next: everything that begins now. */
  private superstep(source: 'input' | 'loop', moment: Moment): readonly Frame[] {
    if (this.supersteps.isSilent) return [];
    const { phase } = this.state;
    const values = { messages: [...this.messages] };
    const last = this.messages.at(-1);
    const isAnsweredInPart = phase.name === 'acting' && last?.['type'] === 'tool';
    const isLast = phase.name === 'thinking' && last?.['type'] === 'ai' && last['content'] !== '';
    const tasks = isAnsweredInPart || isLast ? [] : tasksOf(this.state);
    const next = phase.name === 'acting' ? ['tools'] : tasks.map(({ node }) => node);
    return [
      ...this.supersteps.checkpoint({ ...moment, values, next, source }),
      ...tasks.flatMap((task) => this.supersteps.started(task, values, moment)),
    ];
  }

  private valuesFrame(): readonly Frame[] {
    return this.modes.has('values') ? [{ event: 'values', data: this.values([]) }] : [];
  }
}

const agentTask = (step: number): Task => ({ node: 'agent', name: String(step) });
const toolTask = (callId: string): Task => ({ node: 'tools', name: callId });

/** As a LangGraph tool would show it that writes to its stream. */
const printed = ({ callId, stream, text }: Extract<RunEvent, { type: 'output' }>): Frame => ({
  event: 'custom',
  data: { type: 'tool_output', tool_call_id: callId, stream, text },
});

function tasksOf({ phase }: RunState): readonly Task[] {
  if (phase.name === 'thinking') return [agentTask(phase.step)];
  return phase.name === 'acting' ? phase.unanswered.map(({ call }) => toolTask(call.id)) : [];
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
