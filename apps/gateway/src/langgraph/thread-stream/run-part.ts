import type { RunState } from '@lumina/agent';
import type { SequencedEvent } from '@lumina/contracts';
import type { Interrupt } from '../interrupt';
import type { Projection } from '../projection';
import type { Frame } from '../stream-modes';

/** What a thread's stream can show: its runs as their clients see them; when they begin and end; what clients change between them. */
export const threadStreamModes = ['run_modes', 'lifecycle', 'state_update'] as const;
export type ThreadStreamMode = (typeof threadStreamModes)[number];

export const isThreadStreamMode = (value: unknown): value is ThreadStreamMode =>
  threadStreamModes.some((mode) => mode === value);

/** A frame, and its place among those of the event that it belongs to. */
export interface PlacedFrame extends Frame {
  readonly place: number;
}

/**
 * A run's frames as part of a thread's stream, which goes on behind them. For LangGraph clients a run that rests is done, and is another
 * one when it goes on; so its rest is told like an end, and its going on like a beginning.
 */
export class RunPart {
  constructor(
    private readonly run: string,
    private readonly projection: Projection,
    private readonly modes: ReadonlySet<ThreadStreamMode>,
  ) {}

  get state(): RunState {
    return this.projection.state;
  }

  take(event: SequencedEvent): readonly PlacedFrame[] {
    const wasResting = this.projection.isInterrupted;
    const frames = this.projection.frames(event).map((frame) => (frame.event === 'end' ? this.done : frame));
    const isResting = this.projection.isInterrupted;
    const goesOn = wasResting && !isResting ? [this.begun] : [];
    const rests = !wasResting && isResting ? [this.done] : [];
    return this.shown([...goesOn, ...frames, ...rests]);
  }

  /** The subagents' questions: they have no place in the run's own sequence. */
  resting(interrupts: readonly Interrupt[]): readonly Frame[] {
    return this.shown([...this.projection.interruptFrames(interrupts), this.done]);
  }

  private get begun(): Frame {
    return { event: 'metadata', data: { run_id: this.run, attempt: 1 } };
  }

  private get done(): Frame {
    return { event: 'metadata', data: { status: 'run_done', run_id: this.run } };
  }

  /** A frame's place does not depend on what is asked for, so that a cursor holds in any mode. */
  private shown(frames: readonly Frame[]): readonly PlacedFrame[] {
    const placed = frames.map((frame, place) => ({ ...frame, place }));
    if (this.modes.has('run_modes')) return placed;
    return this.modes.has('lifecycle') ? placed.filter(({ event }) => event === 'metadata') : [];
  }
}
