import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { delay } from './delay';
import { openLog } from './log-file';
import { type ProcessIdentity, identityOf } from './process-identity';
import type { ProcessSpec } from './process-spec';

/**
 * Keeps one process running. Invariants:
 *
 * S1 At most one child at a time: the next is started when the last has been seen to exit.
 * S2 A child that dies before it was ever ready is a fault of the start, not restarted. After that every death is followed by a
 *    restart, each later than the last until one has lived for a while.
 * S3 After stop() nothing is started any more.
 * S4 A restarted child listens where the last one did, so that whoever knows its URL still reaches it; only when that fails again and
 *    again it may take another port.
 */
export interface ProcessEvents {
  /** Something that stack.json says has changed. */
  readonly onChange: () => void;
  /** For the operator's log. */
  readonly onNote: (text: string) => void;
}

const firstPauseMs = 50;
const longestPauseMs = 5_000;
const stableAfterMs = 20_000;
const readyPollMs = 40;
const failuresOnOnePort = 3;

type Exit = { readonly kind: 'exited'; readonly how: string };
type Readiness = Exit | { readonly kind: 'ready' };

export class SupervisedProcess {
  private child: ChildProcess | undefined;
  private exit: Promise<Exit> = Promise.resolve({ kind: 'exited', how: 'never started' });
  private known: { identity: ProcessIdentity | undefined; url: string | undefined };
  private readonly stopping = new AbortController();
  private failures = 0;

  constructor(
    readonly spec: ProcessSpec,
    private readonly events: ProcessEvents,
  ) {
    this.known = { identity: undefined, url: spec.url };
  }

  get identity(): ProcessIdentity | undefined {
    return this.known.identity;
  }

  get url(): string | undefined {
    return this.known.url;
  }

  /** Resolves once it is ready and watched over; or with how it died (S2), or that it was stopped meanwhile. */
  async start(): Promise<Readiness> {
    this.spawn();
    const readiness = await this.untilReady();
    if (readiness.kind === 'ready') void this.watch();
    return readiness;
  }

  /** Asks it to stop, kills it when it does not in time, and resolves when it has gone. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.child?.kill('SIGTERM');
    const timer = setTimeout(() => {
      this.events.onNote(`${this.spec.name} did not stop within ${this.spec.stopTimeoutMs} ms: killed`);
      this.kill();
    }, this.spec.stopTimeoutMs);
    await this.exit;
    clearTimeout(timer);
  }

  kill(): void {
    this.stopping.abort();
    this.child?.kill('SIGKILL');
  }

  private spawn(): void {
    const { command, args, env, cwd, logFile, isAnnouncing } = this.spec;
    const log = openLog(logFile);
    // A session of its own: Ctrl-C in the terminal reaches the supervisor alone, which stops the others in their order.
    const child = spawn(command, [...args], {
      cwd,
      env: isAnnouncing ? { ...env, PORT: this.portToAsk() } : { ...env },
      stdio: isAnnouncing ? ['ignore', log, log, 'ipc'] : ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    this.child = child;
    this.exit = new Promise((resolve) => {
      child.once('error', (error) =>
        resolve({ kind: 'exited', how: `could not be started: ${error.message}` }),
      );
      child.once('exit', (code, signal) =>
        resolve({ kind: 'exited', how: signal ?? `exit code ${String(code)}` }),
      );
    });
    void this.exit.then(() => {
      this.know({ identity: undefined });
    });
    child.on('message', (message) => this.hear(message));
    this.know({ identity: child.pid === undefined ? undefined : identityOf(child.pid) });
  }

  /** S4. The first port is in `env`, or any. */
  private portToAsk(): string {
    const first = this.spec.env['PORT'] ?? '0';
    if (first !== '0' || this.known.url === undefined || this.failures >= failuresOnOnePort) return first;
    return new URL(this.known.url).port;
  }

  private hear(message: unknown): void {
    const { type, url } = message as { type?: unknown; url?: unknown };
    if (type === 'listening' && typeof url === 'string') this.know({ url: dialable(url) });
  }

  private know(news: Partial<typeof this.known>): void {
    this.known = { ...this.known, ...news };
    this.events.onChange();
  }

  private async untilReady(): Promise<Readiness> {
    const settled = new AbortController();
    const exited = this.exit.finally(() => settled.abort());
    for (;;) {
      const { url } = this;
      if (settled.signal.aborted) return exited;
      if (url !== undefined && (await this.spec.isReady(url)) && !settled.signal.aborted)
        return { kind: 'ready' };
      await delay(readyPollMs, settled.signal);
    }
  }

  private async watch(): Promise<void> {
    for (;;) {
      const readySinceMs = performance.now();
      const { how } = await this.exit;
      if (this.stopping.signal.aborted) return;
      if (performance.now() - readySinceMs > stableAfterMs) this.failures = 0;
      if (!(await this.restart(how))) return;
    }
  }

  /** Until it is ready again; false when it is not wanted any more (S3). */
  private async restart(how: string): Promise<boolean> {
    let reason = how;
    const diedAtMs = performance.now();
    for (;;) {
      const pauseMs = Math.min(firstPauseMs * 2 ** this.failures, longestPauseMs);
      this.failures += 1;
      this.events.onNote(`${this.spec.name} died (${reason}): starting it again in ${pauseMs} ms`);
      await delay(pauseMs, this.stopping.signal);
      if (this.stopping.signal.aborted) return false;
      this.spawn();
      const readiness = await this.untilReady();
      if (this.stopping.signal.aborted) return false;
      if (readiness.kind === 'ready') {
        const seconds = ((performance.now() - diedAtMs) / 1_000).toFixed(1);
        this.events.onNote(`${this.spec.name} is ready again after ${seconds} s`);
        return true;
      }
      reason = readiness.how;
    }
  }
}

/** Where a process on this machine reaches what listens on every address. */
export function dialable(url: string): string {
  const parsed = new URL(url);
  if (parsed.hostname === '0.0.0.0' || parsed.hostname === '[::]') parsed.hostname = '127.0.0.1';
  return parsed.origin;
}
