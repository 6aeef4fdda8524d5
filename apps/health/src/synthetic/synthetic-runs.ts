import { v4 as uuidV4 } from 'uuid';
import { describeFault } from '../probes/fault';

/** What one synthetic run came to. */
export interface SyntheticRun {
  readonly outcome: 'succeeded' | 'failed';
  /** For people; never what was said. */
  readonly detail: string;
  readonly durationMs: number;
  readonly endedAtMs: number;
}

export interface SyntheticRunsOptions {
  /** The gateway as clients reach it. */
  readonly url: string;
  /** Of the tenant `synthetic`; read anew for each run. */
  readonly key: () => string;
  /** Undefined: the default agent. */
  readonly agent: string | undefined;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly onRun: (run: SyntheticRun) => void;
}

const message = 'This is a test of the service. Answer with one word: well.';

/**
 * Does now and then what a client does: sends a message through the gateway and waits for the answer, in a thread that is removed afterwards.
 * One at a time; the next begins `intervalMs` after the last began.
 */
export class SyntheticRuns {
  private latest: SyntheticRun | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly stopped = new AbortController();

  constructor(private readonly options: SyntheticRunsOptions) {}

  /** Undefined until the first has ended. */
  get last(): SyntheticRun | undefined {
    return this.latest;
  }

  start(): void {
    void this.turn();
  }

  stop(): void {
    this.stopped.abort();
    clearTimeout(this.timer);
  }

  private async turn(): Promise<void> {
    const startedAtMs = performance.now();
    const run = await this.run();
    if (this.stopped.signal.aborted) return;
    this.latest = run;
    this.options.onRun(run);
    const restMs = Math.max(0, startedAtMs + this.options.intervalMs - performance.now());
    this.timer = setTimeout(() => void this.turn(), restMs);
  }

  private async run(): Promise<SyntheticRun> {
    const startedAtMs = performance.now();
    const thread = uuidV4();
    const fault = await this.ask('POST', '/chat', { message, thread_id: thread, agent: this.options.agent });
    const durationMs = performance.now() - startedAtMs;
    // What cannot be removed is no fault of runs; it is said where they fail.
    await this.ask('DELETE', `/threads/${thread}`);
    const outcome = fault === undefined ? 'succeeded' : 'failed';
    return { outcome, detail: fault ?? 'a run was answered', durationMs, endedAtMs: Date.now() };
  }

  /** What was wrong with the answer; undefined: nothing. */
  private async ask(method: string, path: string, body?: object): Promise<string | undefined> {
    const { url, key, timeoutMs } = this.options;
    const late = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: { 'x-api-key': key(), 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.any([this.stopped.signal, late]),
      });
      const text = await response.text();
      return response.ok ? undefined : `${response.status} ${codeIn(text)}`;
    } catch (error) {
      return late.aborted ? `no answer within ${timeoutMs} ms` : describeFault(causeOf(error));
    }
  }
}

/** `fetch` says only that it failed; why stands beneath. */
const causeOf = (error: unknown): unknown => (error as { readonly cause?: unknown }).cause ?? error;

/** The error's code, and never its words: they may quote what was said. */
function codeIn(text: string): string {
  const [code = 'without a code'] = /LUM_[A-Z_]+/.exec(text) ?? [];
  return code;
}
