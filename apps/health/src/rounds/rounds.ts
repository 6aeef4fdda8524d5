import type { HealthSnapshot } from '@lumina/contracts';
import type { Probe } from '../probes/probe';
import { History, type Transition, transitionsBetween } from './history';
import { ProbeRunner } from './probe-runner';
import { statusOf } from './verdict';

export interface RoundsOptions {
  readonly probes: readonly Probe[];
  /** From the start of one round to the start of the next. */
  readonly intervalMs: number;
  /** Of each probe. */
  readonly timeoutMs: number;
  /** Told of each round that ended. Must not throw. */
  readonly onRound: (snapshot: HealthSnapshot, transitions: readonly Transition[]) => void;
}

/** However often somebody asks for a round, so long is between two. */
const leastPauseMs = 100;

/**
 * Looks at everything again and again, all probes side by side; a round ends before the next begins.
 */
export class Rounds {
  readonly history = new History();
  private readonly runners: ReadonlyMap<string, ProbeRunner>;
  private readonly critical: ReadonlySet<string>;
  private last: HealthSnapshot | undefined;
  private isRunning = false;
  private isAskedFor = false;
  private timer: NodeJS.Timeout | undefined;
  private wake: (() => void) | undefined;

  constructor(private readonly options: RoundsOptions) {
    const { probes, timeoutMs } = options;
    this.runners = new Map(probes.map((probe) => [probe.name, new ProbeRunner(probe, timeoutMs)]));
    if (this.runners.size < probes.length) throw new Error('two probes have the same name');
    this.critical = new Set(probes.filter(({ isCritical }) => isCritical).map(({ name }) => name));
  }

  /** What was seen last; undefined until the first round has ended. */
  get snapshot(): HealthSnapshot | undefined {
    return this.last;
  }

  /** Milliseconds after which something is wrong with the rounds themselves when none has ended. */
  get overdueAfterMs(): number {
    return 3 * (this.options.intervalMs + this.options.timeoutMs);
  }

  start(): void {
    if (this.isRunning) return;
    this.isRunning = true;
    void this.turn();
  }

  /** Begins no more rounds; what the one under way finds is not told to anybody. */
  stop(): void {
    this.isRunning = false;
    clearTimeout(this.timer);
    this.wake?.();
  }

  /** Asks for a round now, or as soon as the one under way has ended. */
  soon(): void {
    this.isAskedFor = true;
    if (this.wake === undefined) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(this.wake, leastPauseMs);
  }

  private async turn(): Promise<void> {
    while (this.isRunning) {
      const startedAtMs = performance.now();
      this.isAskedFor = false;
      await this.round();
      const restMs = this.isAskedFor ? 0 : this.options.intervalMs - (performance.now() - startedAtMs);
      if (this.isRunning) await this.pause(Math.max(leastPauseMs, restMs));
    }
  }

  private async round(): Promise<void> {
    const entries = [...this.runners].map(async ([name, runner]) => [name, await runner.check()] as const);
    const checks = Object.fromEntries(await Promise.all(entries));
    if (!this.isRunning) return;
    const snapshot = { status: statusOf(checks, this.critical), checks, atMs: Date.now() };
    const transitions = transitionsBetween(this.last, snapshot);
    this.last = snapshot;
    this.history.add(transitions);
    this.options.onRound(snapshot, transitions);
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.wake = () => {
        this.wake = undefined;
        resolve();
      };
      this.timer = setTimeout(this.wake, ms);
    });
  }
}
