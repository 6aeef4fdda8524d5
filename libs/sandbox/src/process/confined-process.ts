import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import type { ExceededLimit, SandboxDialogue, SandboxEnd, SandboxOutcome, SandboxSpec } from '../sandbox';
import { freeSpaceWatch } from './free-space';
import { OutputCapture } from './captured-output';
import type { ProcessTable } from './process-table';
import { isAlive } from './process-state';
import { watchTree } from './tree-watch';

/** How a tier starts a program. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** File descriptors that the child gets as 3 and on. The status pipe comes after them. */
  readonly fds: readonly number[];
  /** Processes of the tier itself. */
  readonly ownProcesses: number;
  /** Ends everything at once; called until nothing is left. `inner` is what the tier reported as `child-pid`. */
  readonly kill: (pids: { readonly outer: number; readonly inner: number | undefined }) => void;
}

/** Under which number the child finds the pipe for its status: lines of JSON with `child-pid` and `exit-code`. */
export const statusFd = (launch: Pick<Launch, 'fds'>): number => 3 + launch.fds.length;

const killAgainMs = 50;
/** After this the pipes are given up: whatever still holds them is no longer ours to wait for. */
const giveUpMs = 900;
/** A program that is there for hours is looked at less often. */
const longLivedWatchMs = 100;
const SIGXCPU = 24;
const SIGXFSZ = 25;
const maxStatusCharacters = 4_096;

/** A running program together with everything that may end it. */
export class ConfinedProcess {
  readonly #stdout: OutputCapture;
  readonly #stderr: OutputCapture;
  readonly #startedAt = performance.now();
  #child: ChildProcess | undefined;
  #end: SandboxEnd | undefined;
  #status = '';
  #stopWatching: () => void = () => undefined;
  #timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly launch: Launch,
    private readonly spec: SandboxSpec,
    private readonly table: ProcessTable,
  ) {
    this.#stdout = new OutputCapture(spec.limits.keptOutputBytes);
    this.#stderr = new OutputCapture(spec.limits.keptOutputBytes);
  }

  /** Runs to the end. @throws the system's error when not even the tier's own program can be started */
  async run(signal: AbortSignal): Promise<SandboxOutcome> {
    if (signal.aborted) return this.#outcome({ kind: 'cancelled' });
    const onAbort = (): void => this.#stop({ kind: 'cancelled' });
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const exit = await this.#started();
      await this.#gone();
      return this.#outcome(this.#end ?? this.#naturalEnd(exit));
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#stopWatching();
      for (const timer of this.#timers) clearTimeout(timer);
    }
  }

  #started(): Promise<number | null> {
    const { command, args, env, fds } = this.launch;
    const child = spawn(command, args, {
      env,
      cwd: '/',
      stdio: ['pipe', 'pipe', 'pipe', ...fds, 'pipe'],
    });
    this.#child = child;
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code));
      if (child.pid === undefined) return;
      this.#listen(child);
      this.#limit(child.pid);
    });
  }

  #listen(child: ChildProcess): void {
    const { limits, stdin, dialogue, onOutput } = this.spec;
    const captures = [
      ...(dialogue === undefined ? [['stdout', this.#stdout] as const] : []),
      ['stderr', this.#stderr] as const,
    ];
    for (const [stream, capture] of captures)
      child[stream]?.on('data', (chunk: Buffer) => {
        if (this.#end !== undefined) return;
        capture.add(chunk);
        onOutput?.(stream, chunk);
        if (capture.totalBytes > limits.outputBytes) this.#stop({ kind: 'limit', limit: 'output' });
      });
    const status = child.stdio[statusFd(this.launch)] as Readable;
    status.on('data', (chunk: Buffer) => {
      if (this.#status.length < maxStatusCharacters) this.#status += chunk.toString('latin1');
    });
    const input = child.stdin;
    // A program that does not read its input, or has ended, is no fault of ours.
    input?.on('error', () => undefined);
    if (dialogue === undefined) input?.end(stdin ?? '');
    else this.#converse(child, dialogue);
  }

  /** Ends of the one side are the other's to see: the caller's stream does not end the pipe of a program that has gone already. */
  #converse({ stdin, stdout }: ChildProcess, dialogue: SandboxDialogue): void {
    if (stdin !== null) dialogue.stdin.pipe(stdin);
    stdout?.on('error', () => undefined);
    stdout?.pipe(dialogue.stdout);
  }

  #limit(root: number): void {
    const { limits, workspace, dialogue } = this.spec;
    const exceeded = (limit: ExceededLimit): void => this.#stop({ kind: 'limit', limit });
    const alsoExceeded = freeSpaceWatch(workspace.path, limits.writtenBytes);
    const { ownProcesses } = this.launch;
    const everyMs = dialogue === undefined ? undefined : longLivedWatchMs;
    this.#stopWatching = watchTree(
      this.table,
      { root, ownProcesses, limits, alsoExceeded, everyMs },
      exceeded,
    );
    if (Number.isFinite(limits.wallMs)) this.#timers.push(setTimeout(() => exceeded('wall'), limits.wallMs));
  }

  #stop(end: SandboxEnd): void {
    const outer = this.#child?.pid;
    if (this.#end !== undefined || outer === undefined) return;
    this.#end = end;
    this.#stopWatching();
    const kill = (): void => {
      if (this.#child?.exitCode === null && this.#child.signalCode === null)
        this.launch.kill({ outer, inner: this.#reported('child-pid') });
    };
    kill();
    this.#timers.push(
      setInterval(kill, killAgainMs),
      setTimeout(() => {
        for (const stream of this.#child?.stdio ?? []) stream?.destroy();
      }, giveUpMs),
    );
  }

  /** The kernel ends what is left in a PID namespace a moment after the tier's own process has ended. */
  async #gone(): Promise<void> {
    const inner = this.#reported('child-pid');
    const until = performance.now() + giveUpMs;
    for (;;) {
      if (inner === undefined || !isAlive(inner) || performance.now() > until) return;
      await delay(2);
    }
  }

  #reported(key: 'child-pid' | 'exit-code'): number | undefined {
    const found = new RegExp(`"${key}": ?(\\d+)`).exec(this.#status)?.[1];
    return found === undefined ? undefined : Number(found);
  }

  #naturalEnd(exit: number | null): SandboxEnd {
    const exitCode = this.#reported('exit-code');
    if (exitCode === 128 + SIGXCPU) return { kind: 'limit', limit: 'cpu' };
    if (exitCode === 128 + SIGXFSZ) return { kind: 'limit', limit: 'file' };
    if (exitCode !== undefined) return { kind: 'exited', exitCode };
    const { head } = this.#stderr.captured();
    const said = head.toString('utf8').trim().split('\n').at(-1) ?? '';
    return { kind: 'not_started', reason: said || `the sandbox ended with ${exit ?? 'a signal'}` };
  }

  #outcome(end: SandboxEnd): SandboxOutcome {
    return {
      end,
      stdout: this.#stdout.captured(),
      stderr: this.#stderr.captured(),
      durationMs: performance.now() - this.#startedAt,
    };
  }
}
