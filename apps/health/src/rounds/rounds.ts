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

/** However often somebody asks for a round, so long is between two: a connection may come and go many times a second. */
const leastPauseMs = 1_000;

/**
 * Looks at everything again and again, all probes side by side; a round ends before the next begins.
 */
export class Rounds {
  readonly history = new History();
  private readonly runners: ReadonlyMap<string, ProbeRunner>;
  private readonly critical: ReadonlySet<string>;
  private last: HealthSnapshot | undefined;
  private startedAtMs = performance.now();
  private endedAtMs = performance.now();
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

  /** Since when no round has ended, in milliseconds; undefined while they end in time. */
  get overdueMs(): number | undefined {
    const silentMs = performance.now() - this.endedAtMs;
    const { intervalMs, timeoutMs } = this.options;
    return silentMs > 3 * (intervalMs + timeoutMs) ? silentMs : undefined;
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

  /** Asks for a round now, or after the one under way; at most one a second comes of it. */
  soon(): void {
    this.isAskedFor = true;
    if (this.wake === undefined) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(this.wake, this.restMs());
  }

  private async turn(): Promise<void> {
    while (this.isRunning) {
      this.startedAtMs = performance.now();
      this.isAskedFor = false;
      await this.round();
      if (this.isRunning) await this.pause(this.restMs());
    }
  }

  /** Until the next round may begin. */
  private restMs(): number {
    const regularAtMs = this.startedAtMs + this.options.intervalMs;
    const dueAtMs = this.isAskedFor ? Math.min(regularAtMs, this.endedAtMs + leastPauseMs) : regularAtMs;
    return Math.max(0, dueAtMs - performance.now());
  }

  private async round(): Promise<void> {
    const entries = [...this.runners].map(async ([name, runner]) => [name, await runner.check()] as const);
    const checks = Object.fromEntries(await Promise.all(entries));
    if (!this.isRunning) return;
    const snapshot = { status: statusOf(checks, this.critical), checks, atMs: Date.now() };
    const transitions = transitionsBetween(this.last, snapshot);
    this.last = snapshot;
    this.endedAtMs = performance.now();
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
