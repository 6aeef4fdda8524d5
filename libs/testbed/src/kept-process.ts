import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { eventually } from './pause';

export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Where it runs; the starter's own place by default. */
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** A service of ours stops by itself when this channel to its starter closes. */
  readonly hasChannel: boolean;
  readonly isReady: () => Promise<boolean>;
  /** From a death until it is started again; undefined: it stays down. */
  readonly restartAfterMs: number | undefined;
}

export interface Death {
  readonly atMs: number;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * One process, started again when it dies, as a cluster would. Only ever signals the child that it started itself
 * and has not seen to exit.
 */
export class KeptProcess {
  readonly deaths: Death[] = [];
  private child: ChildProcess | undefined;
  private exit: Promise<void> = Promise.resolve();
  private restart: NodeJS.Timeout | undefined;
  private isWanted = false;

  constructor(private spec: ProcessSpec) {}

  /** What it prints, on both streams. */
  get logFile(): string {
    return this.spec.logFile;
  }

  get name(): string {
    return this.spec.name;
  }

  /** Of the present child. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  get isAlive(): boolean {
    return this.child !== undefined;
  }

  start(): void {
    this.isWanted = true;
    clearTimeout(this.restart);
    if (this.child === undefined) this.spawn();
  }

  /** Variables that it is started with from the next time on. */
  prepare(env: ProcessSpec['env']): void {
    this.spec = { ...this.spec, env: { ...this.spec.env, ...env } };
  }

  async ready(timeoutMs = 60_000): Promise<void> {
    await eventually(
      `${this.name} is ready (its log: ${this.spec.logFile})`,
      () => this.isReadyNow(),
      timeoutMs,
    );
  }

  async isReadyNow(): Promise<boolean> {
    return this.isAlive && (await this.spec.isReady());
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Resolves when the present child has gone. */
  gone(): Promise<void> {
    return this.exit;
  }

  /** Ends it for good; SIGKILL when it has not gone in time. */
  async stop(signal: NodeJS.Signals, timeoutMs: number): Promise<void> {
    this.isWanted = false;
    clearTimeout(this.restart);
    this.signal('SIGCONT');
    this.signal(signal);
    const timer = setTimeout(() => this.signal('SIGKILL'), timeoutMs);
    await this.exit;
    clearTimeout(timer);
  }

  private spawn(): void {
    const { command, args, cwd, env, logFile, hasChannel } = this.spec;
    const log = openSync(logFile, 'a');
    const stdio = hasChannel ? (['ignore', log, log, 'ipc'] as const) : (['ignore', log, log] as const);
    const child = spawn(command, [...args], { cwd, env: { ...env }, stdio: [...stdio] });
    closeSync(log);
    this.child = child;
    this.exit = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null): void => {
        if (this.child !== child) return;
        this.child = undefined;
        this.deaths.push({ atMs: Date.now(), code, signal });
        this.bringBack();
        resolve();
      };
      child.once('exit', end);
      child.once('error', () => end(null, null));
    });
  }

  private bringBack(): void {
    const { restartAfterMs } = this.spec;
    if (!this.isWanted || restartAfterMs === undefined) return;
    this.restart = setTimeout(() => this.start(), restartAfterMs);
  }
}

export function commandLine([command = '', ...args]: readonly string[]): Pick<
  ProcessSpec,
  'command' | 'args'
> {
  return { command, args };
}
