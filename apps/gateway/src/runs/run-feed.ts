import { delegateTool } from '@lumina/agent';
import { LuminaError, type RunEvent, type SequencedEvent, isEnding } from '@lumina/contracts';
import { type EventKind, type LiveEvent, LiveEvents, type RunStore } from '@lumina/store';
import type { Redis } from 'ioredis';
import type { Client } from '../client-signal';
import { type StreamOutcome, measureListener, measureReread, measureStream } from '../metrics';

/**
 * What happens in runs, to however many listeners, through one blocking reader. Invariants (promise P4):
 *
 * E1 A listener gets the sequence after its cursor without a gap and in order, whichever gateway it listens at.
 * E2 What the live stream does not bring (large, missed, before the listener came) is read from the run's own stream.
 * E3 A listener that reads slowly costs a bounded buffer: past it the run's own stream is the buffer.
 * E4 A listener takes nothing that a fail-over may undo: what it is woken by is confirmed first, and so is all before it.
 * E5 Where the gateway leaves, streams end one after the other: clients that come back all at once would find the next gateway cold and busy.
 */
const bufferedEvents = 1_000;

/** What a listener is woken by: each event; or what a client that waits for the outcome would be told, with all that came before it. */
export type Attention = 'each' | 'outcome';

interface Listener {
  readonly attention: Attention;
  readonly buffer: LiveEvent[];
  /** Events that nobody is woken by: not confirmed, and not to be taken before one comes that is (E4). */
  readonly held: LiveEvent[];
  /** Something was missed: read the run's own stream. */
  isBehind: boolean;
  /** Its stream ends where it is. */
  isLetGo: boolean;
  wake: () => void;
}

/** Between the ends of streams, where there is time for it. */
const partingMs = 20;

export interface FeedOptions {
  /** How long a listener may hear nothing before it looks for itself. */
  readonly doubtAfterMs: number;
  /** Resolves when what was read is durable; absent: at once. */
  readonly confirm?: () => Promise<void>;
}

export type Heard =
  { readonly kind: 'event'; readonly sequenced: SequencedEvent } | { readonly kind: 'silence' };

/** A place among a run's listeners, taken before the run exists: nothing of it can be missed. Who takes one follows, or leaves. */
export interface Expectation {
  readonly listener: Listener;
  readonly leave: () => void;
}

export class RunFeed {
  private readonly listeners = new Map<string, Set<Listener>>();
  private readonly live: LiveEvents;
  private isStopped = false;

  constructor(
    private readonly store: Pick<RunStore, 'events'>,
    blocking: Redis,
    private readonly options: FeedOptions,
  ) {
    this.live = new LiveEvents(blocking, {
      wants: (run) => this.listeners.has(run),
      shows: (event) => this.isAnyWoken(event),
      onEvent: (event) => this.deliver(event),
      onGap: () => this.allBehind(),
      confirm: options.confirm ?? (async () => undefined),
    });
  }

  start(): Promise<void> {
    return this.live.start();
  }

  /** Ends every listener's stream, where it is: one after the other, within so long (E5). Who comes meanwhile is let go at once. */
  async stop(withinMs = 0): Promise<void> {
    this.isStopped = true;
    const left = [...this.listeners.values()].flatMap((set) => [...set]);
    const atOnce = Math.ceil((left.length * partingMs) / Math.max(withinMs, partingMs));
    while (left.length > 0) {
      left.splice(0, atOnce).forEach(letGo);
      if (left.length > 0) await new Promise((resolve) => setTimeout(resolve, partingMs));
    }
    return this.live.stop();
  }

  /** This gateway is going: who watches is to come back to another. */
  get isGoing(): boolean {
    return this.isStopped;
  }

  get listenerCount(): number {
    return [...this.listeners.values()].reduce((count, set) => count + set.size, 0);
  }

  /** To be called before the run is created; `follow` then reads nothing that the live stream brings. */
  expect(run: string, attention: Attention = 'each'): Expectation {
    const listener: Listener = {
      attention,
      buffer: [],
      held: [],
      isBehind: false,
      isLetGo: this.isStopped,
      wake: () => undefined,
    };
    return { listener, leave: this.join(run, listener) };
  }

  /**
   * The events of a run after a cursor, until the run ends or the signal aborts. `silence` comes when nothing happened for
   * a while, so that the caller can show that it is alive.
   *
   * @throws LuminaError LUM_CURSOR_EXPIRED when events after the cursor are gone, or the cursor was never given out
   */
  async *follow(
    run: string,
    afterSeq: number,
    signal: AbortSignal,
    expectation?: Expectation,
  ): AsyncGenerator<Heard> {
    const { listener, leave } = expectation ?? this.late(run);
    const onAbort = (): void => listener.wake();
    signal.addEventListener('abort', onAbort);
    let cursor = afterSeq;
    let outcome: StreamOutcome = 'left';
    try {
      while (!signal.aborted && !listener.isLetGo) {
        const events = await this.next(run, cursor, listener);
        if (events.length === 0) {
          if (await heardNothing(listener, this.options.doubtAfterMs)) yield { kind: 'silence' };
          continue;
        }
        for (const sequenced of events) {
          cursor = sequenced.seq;
          // Whoever has the end need not ask for more.
          if (isEndOf(run, sequenced.event)) outcome = 'ended';
          yield { kind: 'event', sequenced };
          if (outcome === 'ended') return;
        }
      }
    } catch (error) {
      outcome = isRefusal(error) ? 'cursor_refused' : 'failed';
      throw error;
    } finally {
      measureStream(outcome);
      signal.removeEventListener('abort', onAbort);
      leave();
    }
  }

  /**
   * All of a run, where the live stream brings it whole and it comes to its end without anything else that a client would be told. Where
   * it does not, or `read` makes nothing of it, nothing was taken: `follow`. For who waits for the outcome.
   */
  async whole<Result>(
    run: string,
    { listener, leave }: Expectation,
    client: Client,
    read: (events: readonly LiveEvent[]) => Result | undefined,
  ): Promise<Result | undefined> {
    if (client.isGone || listener.isLetGo) return undefined;
    client.onGone = () => listener.wake();
    await heardNothing(listener, this.options.doubtAfterMs);
    const result = isWholeRun(run, listener) ? read(listener.buffer) : undefined;
    if (result === undefined) return undefined;
    measureStream('ended');
    leave();
    return result;
  }

  /** A listener that comes when the run may be under way: it reads the run's own stream first. */
  private late(run: string): Expectation {
    const expectation = this.expect(run);
    expectation.listener.isBehind = true;
    return expectation;
  }

  private async next(run: string, cursor: number, listener: Listener): Promise<readonly SequencedEvent[]> {
    const heard = listener.buffer.splice(0).filter(({ seq }) => seq > cursor);
    const isWhole =
      !listener.isBehind && heard.every(({ seq, event }, index) => seq === cursor + 1 + index && event);
    if (isWhole) return heard.flatMap(({ seq, event }) => (event === undefined ? [] : [{ seq, event }]));
    listener.isBehind = false;
    measureReread();
    const outcome = await this.store.events(run, cursor);
    if (outcome.kind === 'events') return outcome.events;
    throw cursorError(outcome.kind, cursor);
  }

  private join(run: string, listener: Listener): () => void {
    const set = this.listeners.get(run) ?? new Set();
    this.listeners.set(run, set.add(listener));
    measureListener(1);
    return () => {
      if (set.delete(listener)) measureListener(-1);
      if (set.size === 0 && this.listeners.get(run) === set) this.listeners.delete(run);
    };
  }

  private deliver(event: LiveEvent): void {
    for (const listener of this.listeners.get(event.run) ?? []) {
      listener.held.push(event);
      if (listener.isBehind || listener.buffer.length + listener.held.length > bufferedEvents)
        fallBehind(listener);
      if (!isWokenBy(listener, event)) continue;
      listener.buffer.push(...listener.held.splice(0));
      listener.wake();
    }
  }

  private isAnyWoken(event: LiveEvent): boolean {
    for (const listener of this.listeners.get(event.run) ?? []) if (isWokenBy(listener, event)) return true;
    return false;
  }

  private allBehind(): void {
    for (const set of this.listeners.values()) {
      for (const listener of set) {
        fallBehind(listener);
        listener.wake();
      }
    }
  }
}

/** Whether a listener has all of a run in its hands, from the first event to an end by which it was woken first. */
function isWholeRun(run: string, listener: Listener): boolean {
  const { buffer, isBehind } = listener;
  const end = buffer.at(-1);
  return (
    !isBehind &&
    end?.event !== undefined &&
    isEndOf(run, end.event) &&
    buffer.every((one, index) => one.seq === index + 1 && (one === end || !isWokenBy(listener, one)))
  );
}

/** What it has not taken yet it will read from the run's own stream. */
function fallBehind(listener: Listener): void {
  listener.isBehind = true;
  listener.buffer.length = 0;
  listener.held.length = 0;
}

function letGo(listener: Listener): void {
  fallBehind(listener);
  listener.isLetGo = true;
  listener.wake();
}

/** By which nothing is settled that a waiting client would be told. */
const routine: ReadonlySet<EventKind> = new Set([
  ...(['delta', 'discarded', 'output'] as const),
  ...(['run.accepted', 'model.answered', 'model.cut', 'tool.answered', 'thread.updated'] as const),
]);

function isWokenBy({ attention }: Listener, event: LiveEvent): boolean {
  if (attention === 'each') return true;
  const { kind } = event;
  // Unknown: too large for the live stream, it may be anything.
  if (kind === undefined || !routine.has(kind)) return true;
  // Whoever waits for a run listens to its subagents too.
  return kind === 'model.answered' && event.mayName(delegateTool) && isDelegating(event);
}

function isDelegating({ event }: LiveEvent): boolean {
  if (event?.type !== 'fact' || event.fact.type !== 'model.answered') return true;
  return event.fact.message.toolCalls.some(({ name }) => name === delegateTool);
}

/** Waits for something to do; true if the time ran out instead. A listener that heard nothing looks for itself. */
async function heardNothing(listener: Listener, timeoutMs: number): Promise<boolean> {
  if (listener.buffer.length > 0 || listener.isBehind) return false;
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      listener.isBehind = true;
      listener.wake = () => undefined;
      resolve(true);
    }, timeoutMs);
    listener.wake = () => {
      clearTimeout(timer);
      listener.wake = () => undefined;
      resolve(false);
    };
  });
}

export const isEndOf = (run: string, event: RunEvent): boolean =>
  event.type === 'fact' && event.fact.run === run && isEnding(event.fact);

const isRefusal = (error: unknown): boolean =>
  error instanceof LuminaError && error.code === 'LUM_CURSOR_EXPIRED';

function cursorError(kind: 'expired' | 'future', cursor: number): LuminaError {
  const what =
    kind === 'expired'
      ? `The events after ${cursor} are no longer kept one by one.`
      : `The cursor ${cursor} was never given out.`;
  return new LuminaError('LUM_CURSOR_EXPIRED', `${what} Read the thread's state, which is complete.`);
}
